#define BOOST_TEST_MODULE event_rules_tests
#include "sql/event_rules.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

std::string nested(std::size_t levels) {
    std::string text = "{\"a\":1}";
    for (std::size_t i = 1; i < levels; ++i) text = "{\"a\":" + text + "}";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(scans_and_findings_are_published_all_else_is_the_services) {
    for (const auto type : db::kEventTypes) {
        BOOST_TEST(db::is_event_type(type));
        const bool expected = type.starts_with("scan_") || type.starts_with("finding_");
        BOOST_TEST(db::is_published_event_type(type) == expected);
    }
    for (const auto* type : {"", "scan", "scan_", "SCAN_STARTED", "scan_started ", "webhook"}) {
        BOOST_TEST(!db::is_event_type(type));
        BOOST_TEST(!db::is_published_event_type(type));
    }
}

BOOST_AUTO_TEST_CASE(content_is_a_json_object) {
    for (const std::string text :
         {"{}", " {\"a\": [1, 1e999, null, \"\\u0000\\ud83d\\ude00\"]}\n", "{\"a\":1,\"a\":2}"}) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!db::fault_of_content(text).has_value());
    }
    BOOST_TEST(db::fault_of_content("[]").value_or("") ==
               "Invalid data. Expected a dictionary, but got list.");
    BOOST_TEST(db::fault_of_content("null").value_or("") ==
               "Invalid data. Expected a dictionary, but got NoneType.");
    for (const std::string text :
         {"", "{", "{}}", "{} x", "{'a':1}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}", "\xEF\xBB\xBF{}"}) {
        BOOST_TEST_CONTEXT(text)
        BOOST_TEST(db::fault_of_content(text).value_or("").starts_with("JSON parse error - "));
    }
}

BOOST_AUTO_TEST_CASE(content_has_limits) {
    BOOST_TEST(!db::fault_of_content(nested(100)).has_value());
    BOOST_TEST(db::fault_of_content(nested(101)).has_value());
    const auto of_size = [](std::size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
    BOOST_TEST(!db::fault_of_content(of_size(db::kMaxContentBytes)).has_value());
    BOOST_TEST(db::fault_of_content(of_size(db::kMaxContentBytes + 1)).value_or("") ==
               "Ensure this field has no more than 65536 bytes.");
}
