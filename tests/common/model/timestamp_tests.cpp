#define BOOST_TEST_MODULE timestamp
#include "common/model/timestamp.hpp"
#include "sql/connection/database_time.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_CASE(times_are_converted_to_our_format) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"2026-01-31T16:32:17.238553Z", "2026-01-31T16:32:17.238553Z"},
        {"2026-01-31t16:32:17.238553z", "2026-01-31T16:32:17.238553Z"},
        {"2026-01-31T16:32:17Z", "2026-01-31T16:32:17.000000Z"},
        {"2026-01-31T16:32:17.5Z", "2026-01-31T16:32:17.500000Z"},
        {"2026-01-31T16:32:17.1234569Z", "2026-01-31T16:32:17.123456Z"},
        {"2026-01-31T16:32:17.000000000000000000000000001Z", "2026-01-31T16:32:17.000000Z"},
        {"2026-01-31T16:32:17+00:00", "2026-01-31T16:32:17.000000Z"},
        {"2026-01-31T16:32:17-00:00", "2026-01-31T16:32:17.000000Z"},
        {"2026-01-31T16:32:17.25+05:30", "2026-01-31T11:02:17.250000Z"},
        {"2026-01-31T16:32:17-23:59", "2026-02-01T16:31:17.000000Z"},
        {"2026-01-01T00:00:00+00:01", "2025-12-31T23:59:00.000000Z"},
        {"2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999Z"},
        {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z"},
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
        {"1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
    };
    for (const auto& [text, expected] : cases) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(model::parse_time(text).value_or("nothing") == expected);
    }
}

BOOST_AUTO_TEST_CASE(malformed_times_are_refused) {
    for (const std::string text : {"",
                                   "2026",
                                   "2026-01-31",
                                   "2026-01-31T16:32Z",
                                   "2026-01-31T16:32:17",
                                   "2026-01-31 16:32:17Z",
                                   "2026-01-31T16:32:17 Z",
                                   " 2026-01-31T16:32:17Z",
                                   "2026-01-31T16:32:17Z ",
                                   "2026-01-31T16:32:17ZZ",
                                   "2026-1-31T16:32:17Z",
                                   "26-01-31T16:32:17Z",
                                   "02026-01-31T16:32:17Z",
                                   "+2026-01-31T16:32:17Z",
                                   "2026-02-29T00:00:00Z",
                                   "2100-02-29T00:00:00Z",
                                   "2026-04-31T00:00:00Z",
                                   "2026-13-01T00:00:00Z",
                                   "2026-00-01T00:00:00Z",
                                   "2026-01-00T00:00:00Z",
                                   "2026-01-32T00:00:00Z",
                                   "2026-01-31T24:00:00Z",
                                   "2026-01-31T16:60:00Z",
                                   "2026-01-31T16:32:60Z",
                                   "2026-12-31T23:59:60Z",
                                   "2026-01-31T16:32:17.Z",
                                   "2026-01-31T16:32:17,5Z",
                                   "2026-01-31T16:32:17.5",
                                   "2026-01-31T16:32:17+24:00",
                                   "2026-01-31T16:32:17+01:60",
                                   "2026-01-31T16:32:17+0100",
                                   "2026-01-31T16:32:17+01",
                                   "2026-01-31T16:32:17+1:00",
                                   "2026-01-31T16:32:17\xE2\x88\x92"
                                   "01:00",
                                   "1969-12-31T23:59:59Z",
                                   "1970-01-01T00:00:00+00:01",
                                   "9999-12-31T23:59:59-00:01",
                                   "0000-00-00T00:00:00Z",
                                   "2026-0\xC2\xB2-01T00:00:00Z",
                                   "2026-01-31T16:32:1\xD9\xA7Z",
                                   "now",
                                   "1769877137"}) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!model::parse_time(text).has_value());
    }
    BOOST_TEST(!model::parse_time(std::string("2026-01-31T16:32:17Z\0", 21)).has_value());
    BOOST_TEST(!model::parse_time(std::string("2026-01-31T16:32:17\0", 20)).has_value());
}

BOOST_AUTO_TEST_CASE(every_text_that_is_cut_short_is_refused) {
    const std::string text = "2026-01-31T16:32:17.238553+01:00";
    for (std::size_t length = 0; length < text.size(); ++length) {
        BOOST_TEST_CONTEXT(text.substr(0, length))
        BOOST_TEST(!model::parse_time(text.substr(0, length)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_database_format_and_back) {
    const std::string time = "2026-01-31T16:32:17.238553Z";
    BOOST_TEST(db::to_database_time(time) == "2026-01-31 16:32:17.238553");
    BOOST_TEST(db::to_client_time(db::to_database_time(time)) == time);
}

BOOST_AUTO_TEST_CASE(times_of_the_clock_have_the_same_format) {
    const auto day = std::chrono::sys_days(std::chrono::year{2027} / 1 / 31);
    BOOST_TEST(model::format_time(day) == "2027-01-31T00:00:00.000000Z");
    BOOST_TEST(model::format_time(day + std::chrono::hours(13) + std::chrono::microseconds(45)) ==
               "2027-01-31T13:00:00.000045Z");
    BOOST_TEST(model::format_time(day - std::chrono::nanoseconds(1)) == "2027-01-30T23:59:59.999999Z");
}

BOOST_AUTO_TEST_CASE(bounds_may_be_in_any_year) {
    const std::string beginning = "1970-01-01T00:00:00.000000Z";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"0000-01-01T00:00:00Z", beginning},
        {"0000-01-01T00:00:00+23:59", beginning},
        {"0001-02-03T04:05:06.7Z", beginning},
        {"1969-12-31T23:59:59.999999Z", beginning},
        {"1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z"},
        {"2026-01-31T16:32:17+01:00", "2026-01-31T15:32:17.000000Z"},
        {"9999-12-31T23:59:59.999998Z", "9999-12-31T23:59:59.999998Z"},
        {"9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59.999999Z"},
    };
    for (const auto& [text, expected] : cases) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(model::parse_bound(text).value_or("nothing") == expected);
    }
    for (const char* text : {"", "1969-02-29T00:00:00Z", "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z"}) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!model::parse_bound(text).has_value());
    }
}

BOOST_AUTO_TEST_CASE(times_are_microseconds_since_1970) {
    const std::vector<std::pair<std::string, std::uint64_t>> cases{
        {"1970-01-01T00:00:00.000000Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1970-01-02T00:00:00.100000Z", 86'400'100'000},
        {"2026-01-31T16:32:17.238553Z", 1'769'877'137'238'553},
        {"9999-12-31T23:59:59.999999Z", 253'402'300'799'999'999},
    };
    for (const auto& [text, number] : cases) {
        BOOST_TEST(model::to_microseconds(text) == number);
        BOOST_TEST(model::from_microseconds(number).value_or("nothing") == text);
    }
    BOOST_TEST(!model::from_microseconds(253'402'300'800'000'000).has_value());
    BOOST_TEST(!model::from_microseconds(~std::uint64_t{0}).has_value());
}
