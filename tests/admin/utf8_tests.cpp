#define BOOST_TEST_MODULE admin_utf8
#include "admin/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

std::u32string values_of(std::string_view text) {
    std::u32string values;
    const auto points = admin::code_points(text);
    for (const auto& point : points.value()) values += point.value;
    return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(takes_sequences_of_every_length_apart) {
    BOOST_CHECK(values_of("") == U"");
    BOOST_CHECK(values_of("a\x7F") == U"a\x7F");
    BOOST_CHECK(values_of("\xC2\x80\xDF\xBF") == U"\u0080\u07FF");
    BOOST_CHECK(values_of("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF") == U"\u0800\uD7FF\uE000\uFFFF");
    BOOST_CHECK(values_of("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") == U"\U00010000\U0010FFFF");
    BOOST_TEST(admin::code_points("\xC3\xA4x").value()[1].offset == 2U);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_utf8) {
    const std::string_view malformed[] = {
        "\x80",              // a continuation with nothing to continue
        "\xC3",              // cut short
        "\xC3(",             // no continuation
        "\xE2\x82",          // cut short
        "\xE2\x82x",         //
        "\xC0\x80",          // overlong
        "\xC1\xBF",          //
        "\xE0\x9F\xBF",      //
        "\xF0\x8F\xBF\xBF",  //
        "\xED\xA0\x80",      // surrogates
        "\xED\xBF\xBF",      //
        "\xF4\x90\x80\x80",  // past the last code point
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
        "fine\xE4",
    };
    for (const auto text : malformed) BOOST_TEST(!admin::code_points(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(knows_white_space_and_control_characters) {
    for (const char32_t value : U"\t\n\v\f\r \u0085\u00A0\u1680\u2000\u200A\u2028\u2029\u202F\u205F") {
        if (value != 0) BOOST_TEST(admin::is_white_space(value), static_cast<unsigned>(value));
    }
    BOOST_TEST(admin::is_white_space(0x3000));
    for (const char32_t value : U"a\u0084\u0086\u180E\u1FFF\u200B\u2027\u202A\u2060\uFEFF") {
        BOOST_TEST(!admin::is_white_space(value), static_cast<unsigned>(value));
    }
    for (const unsigned value : {0U, 0x1FU, 0x7FU, 0x80U, 0x9FU}) BOOST_TEST(admin::is_control(value));
    for (const unsigned value : {0x20U, 0x7EU, 0xA0U}) BOOST_TEST(!admin::is_control(value));
}
