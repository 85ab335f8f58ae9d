#define BOOST_TEST_MODULE event_types
#include "common/model/event_types.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string nested(std::size_t levels) {
    std::string text = "{\"a\":1}";
    for (std::size_t i = 1; i < levels; ++i) text = "{\"a\":" + text + "}";
    return text;
}

std::string kept_of(const std::string& text) {
    const auto content = model::read_content(text);
    return content ? content.value().json : "! " + content.error();
}

std::string error_of(const std::string& text) {
    const auto content = model::read_content(text);
    return content ? "" : content.error();
}

}  // namespace

BOOST_AUTO_TEST_CASE(scans_and_findings_are_published_all_else_is_the_services) {
    for (const auto type : model::kEventTypes) {
        BOOST_TEST(model::is_event_type(type));
        const bool expected = type.starts_with("scan_") || type.starts_with("finding_");
        BOOST_TEST(model::is_published_event_type(type) == expected);
    }
    for (const auto* type : {"", "scan", "scan_", "SCAN_STARTED", "scan_started ", "webhook"}) {
        BOOST_TEST(!model::is_event_type(type));
        BOOST_TEST(!model::is_published_event_type(type));
    }
}

BOOST_AUTO_TEST_CASE(content_is_a_json_object) {
    BOOST_TEST(error_of("[]") == "Invalid data. Expected a dictionary, but got list.");
    BOOST_TEST(error_of("null") == "Invalid data. Expected a dictionary, but got NoneType.");
    for (const std::string text :
         {"", "{", "{}}", "{} x", "{'a':1}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}", "\xEF\xBB\xBF{}"}) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(error_of(text).starts_with("JSON parse error - "));
    }
}

BOOST_AUTO_TEST_CASE(content_is_stored_in_canonical_form) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"{}", "{}"},
        {" \t\r\n{ \"a\" : [ 1 , { } , [ ] ] }\xC2\xA0", R"({"a":[1,{},[]]})"},
        {R"({"b":1,"a":2,"c":3})", R"({"b":1,"a":2,"c":3})"},
        {R"({"a":1,"b":2,"a":3})", R"({"b":2,"a":3})"},
        {R"({"a":1,"\u0061":2})", R"({"a":2})"},
        {R"({"o":[{"a":{"x":1},"b":0,"a":{"y":1,"y":2}}]})", R"({"o":[{"b":0,"a":{"y":2}}]})"},
        {R"({"n":[1.0,-0,1e5,1E+05,1e999,0.10,123456789012345678901234567890]})",
         R"({"n":[1.0,-0,1e5,1E+05,1e999,0.10,123456789012345678901234567890]})"},
        {R"({"t":[true,false,null]})", R"({"t":[true,false,null]})"},
        {R"({"s":["\u00fc\/\u0041","\ud83d\ude00","\u2028","\u007f"]})",
         "{\"s\":[\"\xC3\xBC/A\",\"\xF0\x9F\x98\x80\",\"\xE2\x80\xA8\",\"\x7F\"]}"},
        {R"({"s":["\"\\\b\f\n\r\t\u0008\u0000\u001f\u0022"]})",
         R"({"s":["\"\\\b\f\n\r\t\b\u0000\u001F\""]})"},
        {R"({"":{"":""}})", R"({"":{"":""}})"},
    };
    for (const auto& [given, kept] : rows) {
        BOOST_TEST_CONTEXT(given) {
            BOOST_TEST(kept_of(given) == kept);
            BOOST_TEST(kept_of(kept) == kept);
        }
    }
}

BOOST_AUTO_TEST_CASE(content_has_limits) {
    BOOST_TEST(kept_of(nested(97)) == nested(97));
    BOOST_TEST(error_of(nested(98)).starts_with("JSON parse error - Nested deeper than 97 levels."));
    const auto of_size = [](std::size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
    const std::string longest = of_size(model::kMaxContentBytes);
    BOOST_TEST(kept_of(longest) == longest);
    BOOST_TEST(kept_of("{ " + std::string(1000, ' ') + longest.substr(1)) == longest);
    BOOST_TEST(error_of(of_size(model::kMaxContentBytes + 1)) ==
               "Ensure this field has no more than 65536 bytes.");
    BOOST_TEST(error_of("{" + std::string(model::kMaxGivenContentBytes, ' ') + "}") ==
               "Ensure this field has no more than 262144 bytes.");
}

BOOST_AUTO_TEST_CASE(events_occur_at_most_a_day_ahead) {
    const auto now = std::chrono::sys_days(std::chrono::year{2026} / 12 / 31) + std::chrono::microseconds(7);
    for (const auto* time :
         {"1970-01-01T00:00:00.000000Z", "2026-12-31T00:00:00.000007Z", "2027-01-01T00:00:00.000007Z"}) {
        BOOST_TEST(!model::error_of_occurred_at(time, now).has_value(), time);
    }
    for (const auto* time : {"2027-01-01T00:00:00.000008Z", "9999-12-31T23:59:59.999999Z"}) {
        BOOST_TEST(model::error_of_occurred_at(time, now).has_value(), time);
    }
}
