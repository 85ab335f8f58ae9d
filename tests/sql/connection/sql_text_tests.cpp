#define BOOST_TEST_MODULE sql_text
#include "sql/connection/sql_text.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

namespace {

using db::SqlText;

BOOST_AUTO_TEST_CASE(numbers_are_digits) {
    BOOST_TEST(SqlText("").number(0).str() == "0");
    BOOST_TEST(SqlText("").number(std::numeric_limits<std::uint64_t>::max()).str() == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(several_numbers_are_a_list) {
    const std::array<std::uint64_t, 3> values{1, 20, 300};
    BOOST_TEST(SqlText("IN ").numbers(std::span(values).first(1)).str() == "IN (1)");
    BOOST_TEST(SqlText("IN ").numbers(values).str() == "IN (1, 20, 300)");
}

BOOST_AUTO_TEST_CASE(text_is_hexadecimal_whatever_it_holds) {
    BOOST_TEST(SqlText("").text("").str() == "_utf8mb4 x''");
    BOOST_TEST(SqlText("").text("a'; --").str() == "_utf8mb4 x'61273b202d2d'");
    BOOST_TEST(SqlText("").text("\xc3\xa9\\").str() == "_utf8mb4 x'c3a95c'");
}

BOOST_AUTO_TEST_CASE(no_byte_can_end_its_literal) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string literal = SqlText("").text(std::string(1, static_cast<char>(byte))).str();
        BOOST_TEST(literal.size() == std::string_view("_utf8mb4 x'00'").size());
        BOOST_TEST(literal.substr(11, 2).find_first_not_of("0123456789abcdef") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(bytes_are_a_binary_string) {
    const std::array<std::uint8_t, 3> bytes{0x00, 0x7f, 0xff};
    BOOST_TEST(SqlText("").bytes(bytes).str() == "x'007fff'");
}

BOOST_AUTO_TEST_CASE(parts_follow_each_other) {
    BOOST_TEST(
        SqlText("VALUES (").number(1).sql(", ").boolean(true).sql(", ").boolean(false).sql(")").str() ==
        "VALUES (1, TRUE, FALSE)");
}

}  // namespace
