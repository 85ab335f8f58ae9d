#define BOOST_TEST_MODULE event_fields
#include "handlers/events/event_fields.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using http::Form;
using http::Value;
using Kind = http::Value::Kind;

// A valid form except for one field.
Form form_with(const std::string& name, Value value) {
    Form form;
    form.add("event_type", {Kind::kString, "scan_failed"});
    form.add("content", {Kind::kObject, "{}"});
    form.add(name, std::move(value));
    return form;
}

std::string message_of(const std::string& name, Value value) {
    const auto event = handlers::parse_published_event(form_with(name, std::move(value)));
    if (event) return "";
    BOOST_REQUIRE(event.error().size() == 1U);
    BOOST_TEST(event.error()[0].first == name);
    BOOST_REQUIRE(event.error()[0].second.size() == 1U);
    return event.error()[0].second[0];
}

constexpr const char* kNoString = "Not a valid string.";
constexpr const char* kNull = "This field may not be null.";
constexpr const char* kRequired = "This field is required.";

}  // namespace

BOOST_AUTO_TEST_CASE(an_event_as_json_has_it) {
    Form form;
    form.add("event_type", {Kind::kString, " scan_completed\n"});
    form.add("content", {Kind::kObject, "{ \"a\" : 1 }"});
    form.add("occurred_at", {Kind::kString, "2026-01-31T16:32:17Z"});
    form.add("other", {Kind::kNull, ""});
    const auto event = handlers::parse_published_event(form);
    BOOST_REQUIRE(event.ok());
    BOOST_TEST(event.value().event_type == "scan_completed");
    BOOST_TEST(event.value().content == "{\"a\":1}");
    BOOST_TEST(event.value().occurred_at.value_or("") == "2026-01-31T16:32:17.000000Z");
}

BOOST_AUTO_TEST_CASE(an_event_as_a_form_has_it) {
    Form form;
    form.add("event_type", {Kind::kFormText, "finding_fixed"});
    form.add("content", {Kind::kFormText, "\n {\"a\" : 1}\xC2\xA0"});
    form.add("occurred_at", {Kind::kFormText, ""});
    const auto event = handlers::parse_published_event(form);
    BOOST_REQUIRE(event.ok());
    BOOST_TEST(event.value().content == "{\"a\":1}");
    BOOST_TEST(!event.value().occurred_at.has_value());
}

BOOST_AUTO_TEST_CASE(required_fields) {
    for (const bool left_empty : {false, true}) {
        Form form;
        if (left_empty) {
            form.add("content", {Kind::kFormText, ""});
            form.add("event_type", {Kind::kFormText, ""});
        }
        const auto event = handlers::parse_published_event(form);
        BOOST_REQUIRE(!event.ok());
        const http::FieldErrors expected{{"event_type", {kRequired}}, {"content", {kRequired}}};
        BOOST_CHECK(event.error() == expected);
    }
}

BOOST_AUTO_TEST_CASE(content_is_an_object) {
    const auto got = [](const std::string& what) {
        return "Invalid data. Expected a dictionary, but got " + what + ".";
    };
    BOOST_TEST(message_of("content", {Kind::kArray, "[]"}) == got("list"));
    BOOST_TEST(message_of("content", {Kind::kString, "{}"}) == got("str"));
    BOOST_TEST(message_of("content", {Kind::kNumber, "1"}) == got("int"));
    BOOST_TEST(message_of("content", {Kind::kNumber, "1e2"}) == got("float"));
    BOOST_TEST(message_of("content", {Kind::kBoolean, "true"}) == got("bool"));
    BOOST_TEST(message_of("content", {Kind::kNull, ""}) == kNull);
    BOOST_TEST(message_of("content", {Kind::kFile, ""}) == kNoString);
    BOOST_TEST(message_of("content", {Kind::kJsonFile, " {} "}).empty());
    BOOST_TEST(message_of("content", {Kind::kJsonFile, "[]"}) == got("list"));
    BOOST_TEST(message_of("content", {Kind::kJsonFile, ""}).starts_with("JSON parse error - "));
    BOOST_TEST(message_of("content", {Kind::kFormText, "null"}) == got("NoneType"));
    BOOST_TEST(message_of("content", {Kind::kFormText, "[1]"}) == got("list"));
    BOOST_TEST(message_of("content", {Kind::kFormText, " "}) ==
               "JSON parse error - The document is empty. (offset 0)");
    BOOST_TEST(message_of("content", {Kind::kFormText, "{\"a\"}"}).starts_with("JSON parse error - "));
    BOOST_TEST(message_of("content", {Kind::kFormText, "{}"}).empty());
}

BOOST_AUTO_TEST_CASE(types_and_times_are_texts) {
    for (const auto* name : {"event_type", "occurred_at"}) {
        for (const Kind kind :
             {Kind::kNumber, Kind::kBoolean, Kind::kArray, Kind::kObject, Kind::kFile, Kind::kJsonFile}) {
            BOOST_TEST(message_of(name, {kind, "1"}) == kNoString);
        }
        BOOST_TEST(message_of(name, {Kind::kNull, ""}) == kNull);
    }
    BOOST_TEST(message_of("event_type", {Kind::kString, " user_created "}) ==
               "\"user_created\" is not a valid choice.");
    BOOST_TEST(message_of("event_type", {Kind::kString, ""}) == "\"\" is not a valid choice.");
    BOOST_TEST(message_of("occurred_at", {Kind::kString, ""}).starts_with("Datetime has wrong format."));
    BOOST_TEST(message_of("occurred_at", {Kind::kFormText, " 2026-01-31T16:32:17Z "}).empty());
    BOOST_TEST(message_of("occurred_at", {Kind::kString, "9999-12-31T23:59:59Z"}) ==
               "Ensure this time is at most a day ahead.");
}

BOOST_AUTO_TEST_CASE(every_field_is_validated) {
    Form form;
    form.add("occurred_at", {Kind::kString, "now"});
    form.add("content", {Kind::kNull, ""});
    form.add("event_type", {Kind::kString, "x"});
    const auto event = handlers::parse_published_event(form);
    BOOST_REQUIRE(!event.ok());
    BOOST_REQUIRE(event.error().size() == 3U);
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(event.error()[i].first == handlers::kEventFields[i]);
}

BOOST_AUTO_TEST_CASE(events_have_the_same_values_if_all_of_their_fields_are_the_same) {
    const db::PublishedEvent event{"scan_failed", "{}", std::nullopt};
    BOOST_CHECK(handlers::values_of(event) == handlers::values_of({"scan_failed", "{}", std::nullopt}));
    const std::vector<db::PublishedEvent> others{{"scan_started", "{}", std::nullopt},
                                                 {"scan_failed", R"({"a":1})", std::nullopt},
                                                 {"scan_failed", "{}", "2026-01-31T16:32:17.000000Z"}};
    for (const auto& other : others) BOOST_CHECK(handlers::values_of(event) != handlers::values_of(other));
}

BOOST_AUTO_TEST_CASE(events_have_the_same_values_whatever_the_order_of_members) {
    const auto values = [](const char* content) {
        return handlers::values_of({"scan_failed", content, std::nullopt});
    };
    BOOST_CHECK(values(R"({"a":1,"b":[{"c":2,"d":3}]})") == values(R"({"b":[{"d":3,"c":2}],"a":1})"));
    BOOST_CHECK(values(R"({"a":[1,2]})") != values(R"({"a":[2,1]})"));
    BOOST_CHECK(values(R"({"a":1})") != values(R"({"a":"1"})"));
}
