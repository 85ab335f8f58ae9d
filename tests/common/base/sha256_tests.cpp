#define BOOST_TEST_MODULE sha256
#include "common/base/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include "common/base/ascii.hpp"

namespace {

std::string hexadecimal(std::string_view key) {
    return base::to_hexadecimal(base::as_text(base::sha256(key)));
}

// The examples of FIPS 180-2, appendix B.
BOOST_AUTO_TEST_CASE(the_digest_is_sha256) {
    BOOST_TEST(hexadecimal("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(hexadecimal("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    BOOST_TEST(hexadecimal("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231, test cases 1 and 2.
BOOST_AUTO_TEST_CASE(the_authentication_code_is_hmac) {
    const auto hmac = [](std::string_view key, std::string_view text) {
        return base::to_hexadecimal(base::as_text(base::hmac_sha256(key, text)));
    };
    BOOST_TEST(hmac(std::string(20, '\x0b'), "Hi There") ==
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    BOOST_TEST(hmac("Jefe", "what do ya want for nothing?") ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
