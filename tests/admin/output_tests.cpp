#define BOOST_TEST_MODULE output
#include "admin/output.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>

namespace {

using admin::Format;
using admin::Record;
using admin::Report;
using admin::Table;

std::string written(const Report& report, Format format) {
    std::ostringstream stream;
    admin::write(stream, report, format);
    return stream.str();
}

const Report kRecord{Record{{"id", "2NqBaYqTm7P"},
                            {"created", nullptr},
                            {"name", "M\xC3\xBCller \"& Co\""},
                            {"applied", std::vector<std::string>{"a", "b"}},
                            {"none", std::vector<std::string>{}}},
                     "Keep it."};

const Report kTable{
    Table{{"id", "name", "expires"}, {{"1", "M\xC3\xBC", nullptr}, {"22", "Longer", "never"}}}, ""};

}  // namespace

BOOST_AUTO_TEST_CASE(a_record_for_people_is_aligned) {
    BOOST_TEST(written(kRecord, Format::kPeople) ==
               "id:      2NqBaYqTm7P\n"
               "created: -\n"
               "name:    M\xC3\xBCller \"& Co\"\n"
               "applied: a, b\n"
               "none:    -\n"
               "\n"
               "Keep it.\n");
}

BOOST_AUTO_TEST_CASE(a_table_for_people_is_aligned_by_characters) {
    BOOST_TEST(written(kTable, Format::kPeople) ==
               "id  name    expires\n"
               "1   M\xC3\xBC      -\n"
               "22  Longer  never\n");
    BOOST_TEST(written({Table{{"id", "name"}, {}}, ""}, Format::kPeople) == "id  name\n");
}

BOOST_AUTO_TEST_CASE(lines_of_a_table_fit_a_terminal) {
    const std::string long_text(300, 'x');
    const std::string time = "2026-01-31T16:32:17.238553Z";
    const std::string id = "2NqBaYqTm7P";
    const Table table{{"id", "name", "made", "url", "secret"},
                      {{id, long_text, time, "https://ci.example.com/" + long_text, "hidden"},
                       {id, "\xC3\xBC" + long_text, time, nullptr, nullptr}},
                      {"secret"}};
    const std::string narrow = written({table, ""}, Format::kPeople);
    const std::string name(30, 'x');
    BOOST_TEST(narrow ==
               "id           name                             made                  url\n"
               "2NqBaYqTm7P  " +
                   name +
                   "\xE2\x80\xA6  2026-01-31T16:32:17Z  https://ci.example.com/xxxxxxx\xE2\x80\xA6\n"
                   "2NqBaYqTm7P  \xC3\xBC" +
                   name.substr(1) + "\xE2\x80\xA6  2026-01-31T16:32:17Z  -\n");
    const std::string wide = written({table, ""}, Format::kWide);
    for (const std::string& whole : {long_text, time, std::string("secret"), std::string("hidden")}) {
        BOOST_TEST(wide.find(whole) != std::string::npos);
    }
    BOOST_TEST(written({table, ""}, Format::kJson).find("hidden") != std::string::npos);
    // At the limit, and one past it.
    for (const auto& [length, cut] : {std::pair{87, false}, {88, true}}) {
        const std::string text(static_cast<std::size_t>(length), 'y');
        const std::string shown = written({Table{{"id", "name"}, {{id, text}}}, ""}, Format::kPeople);
        BOOST_TEST((shown.find("\xE2\x80\xA6") != std::string::npos) == cut);
    }
}

BOOST_AUTO_TEST_CASE(ids_and_times_are_never_cut) {
    Table table;
    for (int n = 0; n < 12; ++n) table.columns.push_back("c" + std::to_string(n));
    table.rows = {std::vector<admin::Value>(11, "2NqBaYqTm7P")};
    table.rows[0].emplace_back(std::string(50, 'x'));
    BOOST_TEST(written({table, ""}, Format::kPeople).find("2NqBaYqTm7P  xxxxxxx\xE2\x80\xA6\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(untrusted_text_breaks_no_line) {
    const Table table{{"id", "name"},
                      {{"1", "two\nlines \x1b[2J \xC2\x9B\\"}, {"22", std::vector<std::string>{"\t"}}}};
    BOOST_TEST(written({table, ""}, Format::kPeople) ==
               "id  name\n"
               "1   two\\x0alines \\x1b[2J \\xc2\\x9b\\\n"
               "22  \\x09\n");
    BOOST_TEST(written({Record{{"name", "a\r\nid: b"}}, ""}, Format::kPeople) == "name: a\\x0d\\x0aid: b\n");
    BOOST_TEST(written({Record{{"name", "a\nb"}}, ""}, Format::kJson) == "{\"name\":\"a\\nb\"}\n");
}

BOOST_AUTO_TEST_CASE(json_is_one_document_without_notes) {
    BOOST_TEST(written(kRecord, Format::kJson) ==
               "{\"id\":\"2NqBaYqTm7P\",\"created\":null,\"name\":\"M\xC3\xBCller \\\"& Co\\\"\","
               "\"applied\":[\"a\",\"b\"],\"none\":[]}\n");
    BOOST_TEST(written(kTable, Format::kJson) ==
               "[{\"id\":\"1\",\"name\":\"M\xC3\xBC\",\"expires\":null},"
               "{\"id\":\"22\",\"name\":\"Longer\",\"expires\":\"never\"}]\n");
    BOOST_TEST(written({Table{{"id"}, {}}, ""}, Format::kJson) == "[]\n");
}

BOOST_AUTO_TEST_CASE(values_have_types) {
    const Report report{Record{{"enabled", true},
                               {"check_cert", false},
                               {"retries", std::int64_t{-3}},
                               {"content", admin::Json{R"({"a": [1, "\u00e9"]})"}}},
                        ""};
    BOOST_TEST(written(report, Format::kJson) ==
               R"({"enabled":true,"check_cert":false,"retries":-3,"content":{"a": [1, "\u00e9"]}})"
               "\n");
    BOOST_TEST(written(report, Format::kPeople) ==
               "enabled:    yes\n"
               "check_cert: no\n"
               "retries:    -3\n"
               R"(content:    {"a": [1, "\u00e9"]})"
               "\n");
}

BOOST_AUTO_TEST_CASE(untrusted_bytes_do_not_reach_a_terminal) {
    BOOST_TEST(admin::printable("Gr\xC3\xBC\xC3\x9F"
                                "e, {\"a\": 1}") ==
               "Gr\xC3\xBC\xC3\x9F"
               "e, {\"a\": 1}");
    BOOST_TEST(admin::printable("a\\b\r\n\x1b[31m\x7f") == R"(a\\b\x0d\x0a\x1b[31m\x7f)");
    BOOST_TEST(admin::printable("\xC2\x9B"
                                "31m\xC2\xA0") == R"(\xc2\x9b31m)"
                                                  "\xC2\xA0");
    BOOST_TEST(admin::printable("\xC3\xBC\xFF\xC3\xBC") ==
               "\xC3\xBC"
               R"(\xff\xc3\xbc)");
    BOOST_TEST(admin::printable("cut off: \xE2\x82") == R"(cut off: \xe2\x82)");
    BOOST_TEST(admin::printable({"\0", 1}) == R"(\x00)");
    BOOST_TEST(admin::printable("").empty());
}

BOOST_AUTO_TEST_CASE(a_failing_stream_is_an_error) {
    std::ostringstream stream;
    stream.setstate(std::ios::badbit);
    BOOST_CHECK_THROW(admin::write(stream, kRecord, Format::kPeople), std::runtime_error);
}
