#define BOOST_TEST_MODULE ascii
#include "common/base/ascii.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_CASE(characters_are_told_apart_at_the_edges_of_their_ranges) {
    for (int code = -128; code < 128; ++code) {
        const char c = static_cast<char>(code);
        const bool digit = std::string("0123456789").find(c) != std::string::npos;
        const bool lower = std::string("abcdefghijklmnopqrstuvwxyz").find(c) != std::string::npos;
        const bool upper = std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ").find(c) != std::string::npos;
        BOOST_TEST_CONTEXT(code) {
            BOOST_TEST(base::is_digit(c) == digit);
            BOOST_TEST(base::is_lower_case(c) == lower);
            BOOST_TEST(base::is_alphanumeric(c) == (digit || lower || upper));
            BOOST_TEST(base::to_lower(c) == (upper ? c + 32 : c));
        }
    }
}

BOOST_AUTO_TEST_CASE(only_ascii_letters_are_lowered) {
    BOOST_TEST(base::to_lower(std::string_view("AbZ@[`{\xC3\x84")) == "abz@[`{\xC3\x84");
}

BOOST_AUTO_TEST_CASE(text_is_trimmed_at_both_ends_only) {
    BOOST_TEST(base::trim(" \t a b\t ", " \t") == "a b");
    BOOST_TEST(base::trim("a", " \t") == "a");
    BOOST_TEST(base::trim(" \t ", " \t").empty());
    BOOST_TEST(base::trim("", " \t").empty());
    BOOST_TEST(base::trim("\ra\n", base::kOptionalWhiteSpace) == "\ra\n");
    BOOST_TEST(base::trim("\r\n a\r\n", base::kWhiteSpace) == "a");
}

BOOST_AUTO_TEST_CASE(a_number_is_nothing_but_digits_that_the_type_can_hold) {
    const auto number = [](std::string_view text) {
        return base::parse_number<std::uint8_t>(text).value_or(99);
    };
    BOOST_TEST(number("0") == 0);
    BOOST_TEST(number("255") == 255);
    BOOST_TEST(number("007") == 7);
    for (const auto* text : {"", "256", "+1", "-1", " 1", "1 ", "1x", "0x1"})
        BOOST_TEST(number(text) == 99, text);
}

BOOST_AUTO_TEST_CASE(a_byte_is_two_digits) {
    const auto byte = [](std::string_view text) { return base::parse_hexadecimal_byte(text).value_or(1); };
    BOOST_TEST(byte("00") == 0);
    BOOST_TEST(byte("fF") == 255);
    BOOST_TEST(byte("7f0") == 127);
    for (const auto* text : {"", "0", "g0", "0g", "-1", " 1", "+1"}) BOOST_TEST(byte(text) == 1, text);
}

BOOST_AUTO_TEST_CASE(bytes_become_pairs_of_digits) {
    BOOST_TEST(base::to_hexadecimal("").empty());
    BOOST_TEST(base::to_hexadecimal(std::string("\0\x0f\x7f\x80\xff", 5)) == "000f7f80ff");
    std::string text = "x";
    base::append_hexadecimal(text, "AZ");
    BOOST_TEST(text == "x415a");
}

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(base64_is_padded) {
    const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xff\xfe\xfd\xfc", "//79/A=="}};
    for (const auto& [bytes, text] : cases) BOOST_TEST(base::to_base64(bytes) == text);
}

BOOST_AUTO_TEST_CASE(times_have_six_decimals) {
    using std::chrono::microseconds;
    using Time = std::chrono::sys_time<microseconds>;
    BOOST_TEST(base::format_utc(Time(microseconds(0))) == "1970-01-01T00:00:00.000000Z");
    BOOST_TEST(base::format_utc(Time(microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
    BOOST_TEST(base::format_utc(Time(microseconds(1'769'877'137'000'042))) == "2026-01-31T16:32:17.000042Z");
    BOOST_TEST(base::format_utc(Time(microseconds(253'402'300'799'999'999))) ==
               "9999-12-31T23:59:59.999999Z");
}

BOOST_AUTO_TEST_CASE(ascii_case_is_ignored_and_nothing_else) {
    BOOST_TEST(base::equals_ignoring_case("", ""));
    BOOST_TEST(base::equals_ignoring_case("Content-TYPE", "content-type"));
    BOOST_TEST(!base::equals_ignoring_case("abc", "abcd"));
    BOOST_TEST(!base::equals_ignoring_case("abcd", "abc"));
    BOOST_TEST(!base::equals_ignoring_case("@[", "`{"));
    BOOST_TEST(!base::equals_ignoring_case("\xC3\x89", "\xC3\xA9"));
    BOOST_TEST(!base::equals_ignoring_case("k", "\xE2\x84\xAA"));  // the Kelvin sign folds to k in Unicode
}
