#define BOOST_TEST_MODULE api_key
#include "common/security/api_key.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

BOOST_AUTO_TEST_CASE(bits_are_formatted_as_base64_for_urls) {
    security::KeyBits bits{};
    BOOST_TEST(security::format_api_key(bits) == "thk_" + std::string(43, 'A'));
    bits.fill(0xFF);
    BOOST_TEST(security::format_api_key(bits) == "thk_" + std::string(42, '_') + "8");
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint8_t>(0xFB - i);
    BOOST_TEST(security::format_api_key(bits) == "thk_-_r5-Pf29fTz8vHw7-7t7Ovq6ejn5uXk4-Lh4N_e3dw");
}

BOOST_AUTO_TEST_CASE(a_generated_key_has_the_form_and_is_new) {
    const std::string key = security::generate_api_key();
    BOOST_TEST(key.size() == 47U);
    BOOST_TEST(key.starts_with("thk_"));
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    BOOST_TEST(key.find_first_not_of(alphabet) == std::string::npos);
    BOOST_TEST(key != security::generate_api_key());
}
