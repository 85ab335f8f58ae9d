#define BOOST_TEST_MODULE utf8
#include "common/base/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text_tests)

BOOST_AUTO_TEST_CASE(valid_utf8_is_found_valid) {
    const std::vector<std::string> valid = {
        "",
        "plain",
        "\0 and \x7F"s,
        "\xC2\x80 \xDF\xBF",                  // U+0080, U+07FF
        "\xE0\xA0\x80 \xEF\xBF\xBF",          // U+0800, U+FFFF
        "\xED\x9F\xBF \xEE\x80\x80",          // the neighbours of the surrogates
        "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF",  // U+10000, U+10FFFF
        "\xEF\xBB\xBF",                       // a byte order mark is text here
    };
    for (const std::string& text : valid) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!base::find_invalid_utf8(text).has_value());
    }
}

BOOST_AUTO_TEST_CASE(bytes_outside_of_sequences_are_replaced) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", ""},
        {"plain \xE2\x82\xAC\0"s, "plain \xE2\x82\xAC\0"s},
        {"\x80z", "\xEF\xBF\xBDz"},
        {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a\xED\xA0\x80", "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // U+D800
        {"\xFF\xC3\xA9", "\xEF\xBF\xBD\xC3\xA9"},
    };
    for (const auto& [bytes, text] : rows) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(base::replace_invalid_utf8(bytes) == text);
            BOOST_TEST(!base::find_invalid_utf8(base::replace_invalid_utf8(bytes)).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_character_that_was_cut_is_dropped) {
    for (const std::string character : {"z", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        const std::string whole = "a" + character;
        BOOST_TEST(base::drop_cut_character(whole) == whole);
        for (std::size_t cut = 1; cut < character.size(); ++cut) {
            BOOST_TEST(base::drop_cut_character(std::string_view(whole).substr(0, 1 + cut)) == "a");
        }
    }
    BOOST_TEST(base::drop_cut_character("").empty());
    // These were no characters before they were cut.
    for (const std::string bytes : {"a\x80", "\xBF\xBF\xBF\xBF\xBF", "a\xFF", "\xC3\xA9\x80"}) {
        BOOST_TEST(base::drop_cut_character(bytes) == bytes);
    }
}

BOOST_AUTO_TEST_CASE(the_first_invalid_byte_is_found) {
    struct Row {
        std::string text;
        std::size_t offset;
    };
    const std::vector<Row> rows = {
        {"\x80", 0},  // a continuation of nothing
        {"ab\xBF", 2},
        {"\xC0\x80", 0},          // overlong NUL
        {"\xC1\xBF", 0},          // overlong U+007F
        {"\xE0\x9F\xBF", 0},      // overlong U+07FF
        {"\xF0\x8F\xBF\xBF", 0},  // overlong U+FFFF
        {"\xED\xA0\x80", 0},      // U+D800
        {"\xED\xBF\xBF", 0},      // U+DFFF
        {"\xF4\x90\x80\x80", 0},  // U+110000
        {"\xF5\x80\x80\x80", 0},
        {"\xF8\x88\x80\x80\x80", 0},  // five bytes
        {"\xFE", 0},
        {"\xFF", 0},
        {"a\xC3", 1},  // cut off
        {"a\xE2\x82", 1},
        {"a\xF0\x9F\x98", 1},
        {"a\xC3"
         "b",
         1},  // broken off
        {"\xC3\xA9\xE2\x82z", 2},
        {"\xC3\xA9\xC3\xA9\xA9", 4},  // one too many
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            const auto offset = base::find_invalid_utf8(row.text);
            BOOST_REQUIRE(offset.has_value());
            BOOST_TEST(*offset == row.offset);
        }
    }
}

BOOST_AUTO_TEST_CASE(unicode_white_space_is_trimmed_at_both_ends) {
    const std::vector<std::string> white_space = {
        "\t",           "\n",           "\v",           "\f",           "\r",           " ",
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
        "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
        "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
        "\xE3\x80\x80",
    };
    for (const std::string& space : white_space) {
        BOOST_TEST(base::trim_white_space(space).empty());
        const std::string inner = "a" + space + "b";
        BOOST_TEST(base::trim_white_space(std::string(space).append(space).append(inner).append(space)) ==
                   inner);
        BOOST_TEST(base::trim_white_space(space + "\xC3\xA9") == "\xC3\xA9");
        BOOST_TEST(base::trim_white_space("\xF0\x9F\x98\x80" + space) == "\xF0\x9F\x98\x80");
    }
    BOOST_TEST(base::trim_white_space("").empty());
    BOOST_TEST(base::trim_white_space("a") == "a");
}

BOOST_AUTO_TEST_CASE(characters_that_only_look_blank_are_not_trimmed) {
    const std::vector<std::string> kept = {
        "\0"s,          "\x08",         "\x0E",         "\x1C",         "\x1F",
        "\x7F",         "\xC2\x84",     "\xC2\x86",     "\xE1\xA0\x8E", "\xE2\x80\x8B",
        "\xE2\x80\x8D", "\xE2\x81\xA0", "\xEF\xBB\xBF", "\xE3\x80\x81",
    };
    for (const std::string& text : kept) BOOST_TEST(base::trim_white_space(" " + text + " ") == text);
}

BOOST_AUTO_TEST_CASE(code_points_are_counted) {
    BOOST_TEST(base::count_code_points("") == 0U);
    BOOST_TEST(base::count_code_points("abc") == 3U);
    BOOST_TEST(base::count_code_points("\0x"s) == 2U);
    BOOST_TEST(base::count_code_points("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == 3U);
    BOOST_TEST(base::count_code_points("e\xCC\x81") == 2U);  // a letter and its combining accent
}

BOOST_AUTO_TEST_CASE(white_space_is_found_anywhere) {
    for (const auto* text : {" ", "a b", "a\t", "\nb", "a\xC2\xA0z", "\xF0\x9F\x98\x80\xE3\x80\x80"}) {
        BOOST_TEST(base::has_white_space(text));
    }
    for (const auto* text : {"", "ab", "\x01", "\x7F", "\xC2\x84", "\xE2\x80\x8B", "\xF0\x9F\x98\x80"}) {
        BOOST_TEST(!base::has_white_space(text));
    }
}

BOOST_AUTO_TEST_CASE(control_characters_are_those_of_the_category_cc) {
    for (const std::string& text : {"\0"s, "a\x1F"s, "\x7F"s, "a\xC2\x80z"s, "\xC2\x9F"s, "\n"s}) {
        BOOST_TEST(base::has_control_character(text));
    }
    for (const auto* text : {"", " ", "a~", "\xC2\xA0", "\xE2\x80\xA8", "\xF3\xA0\x80\x81"}) {
        BOOST_TEST(!base::has_control_character(text));
    }
}

BOOST_AUTO_TEST_SUITE_END()
