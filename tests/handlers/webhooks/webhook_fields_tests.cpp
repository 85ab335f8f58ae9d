#define BOOST_TEST_MODULE webhook_fields
#include "handlers/webhooks/webhook_fields.hpp"

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/model/event_types.hpp"

using http::FieldErrors;
using Kind = http::Value::Kind;
using Messages = std::vector<std::string>;
using namespace std::string_literals;

namespace {

constexpr const char* kUrl = "https://example.com/hook";

const Messages kNull{"This field may not be null."};
const Messages kNoString{"Not a valid string."};
const Messages kNoBoolean{"Must be a valid boolean."};
const std::string kLongUrl = "Ensure this field has no more than 2048 characters.";
const std::string kLongName = "Ensure this field has no more than 255 characters.";
const std::string kNoUrl = "Enter a valid URL.";
const std::string kAddress = "This address is not allowed.";
const std::string kNul = "Null characters are not allowed.";

http::Form form_of(std::initializer_list<http::Field> fields) {
    http::Form form;
    for (const http::Field& field : fields) form.add(field.name, field.value);
    return form;
}

auto parse_new_webhook(const http::Form& form) {
    return handlers::parse_new_webhook(form, {});
}
// A valid form except for one field, which is added last so that it counts.
http::Form form_with(const std::string& name, Kind kind, const std::string& text) {
    return form_of({{"url", {Kind::kString, kUrl}}, {name, {kind, text}}});
}

model::WebhookFields accepted(const http::Form& form) {
    const auto result = parse_new_webhook(form);
    BOOST_REQUIRE(result.ok());
    return result.value();
}

// The messages about the one invalid field; empty if all fields are valid.
Messages messages_about(const std::string& name, Kind kind, const std::string& text) {
    const auto result = parse_new_webhook(form_with(name, kind, text));
    if (result.ok()) return {};
    BOOST_REQUIRE_EQUAL(result.error().size(), 1U);
    BOOST_TEST(result.error()[0].first == name);
    return result.error()[0].second;
}

// The types that a form has which repeats the field, as stored.
std::string types_of(std::initializer_list<std::string> values) {
    http::Form form = form_of({{"url", {Kind::kFormText, kUrl}}});
    for (const std::string& value : values) form.add("event_types", {Kind::kFormText, value});
    return model::format_event_types(accepted(form).event_types);
}

std::string types_of_json(const std::string& array) {
    return model::format_event_types(accepted(form_with("event_types", Kind::kArray, array)).event_types);
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string repeated;
    for (std::size_t i = 0; i < times; ++i) repeated += text;
    return repeated;
}

std::string url_of_length(std::size_t characters) {
    const std::string start = "https://example.com/";
    return start + std::string(characters - start.size(), 'a');
}

}  // namespace

BOOST_AUTO_TEST_CASE(fields_left_out_take_their_defaults) {
    const auto webhook = accepted(form_of({{"url", {Kind::kString, kUrl}}}));
    BOOST_TEST(webhook.url == kUrl);
    BOOST_TEST(webhook.name == "");
    BOOST_TEST(webhook.check_cert);
    BOOST_TEST(webhook.api_version == "v1");
    BOOST_TEST(webhook.event_types.empty());
    BOOST_TEST(!webhook.ordered);
}

BOOST_AUTO_TEST_CASE(all_fields_are_taken_from_every_encoding) {
    for (const Kind kind : {Kind::kString, Kind::kFormText}) {
        const auto webhook = accepted(form_of({{"api_version", {kind, "v1"}},
                                               {"check_cert", {kind, "off"}},
                                               {"name", {kind, "CI"}},
                                               {"unknown", {Kind::kNull, ""}},
                                               {"url", {kind, kUrl}}}));
        BOOST_TEST(webhook.url == kUrl);
        BOOST_TEST(webhook.name == "CI");
        BOOST_TEST(!webhook.check_cert);
        BOOST_TEST(webhook.api_version == "v1");
    }
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_ignored_whatever_they_hold) {
    for (const Kind kind : {Kind::kFormText, Kind::kFile, Kind::kString, Kind::kNumber, Kind::kBoolean,
                            Kind::kNull, Kind::kArray, Kind::kObject}) {
        for (const char* name : {"", "URL", "Url", " url", "url ", "names", "non_field_errors"}) {
            BOOST_TEST(messages_about(name, kind, "\0"s).empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_last_of_repeated_fields_counts) {
    const auto webhook = accepted(form_of({{"url", {Kind::kNull, ""}},
                                           {"name", {Kind::kFormText, "first"}},
                                           {"url", {Kind::kFormText, kUrl}},
                                           {"name", {Kind::kFormText, "last"}}}));
    BOOST_TEST(webhook.name == "last");
    BOOST_TEST(
        !parse_new_webhook(form_of({{"url", {Kind::kString, kUrl}}, {"url", {Kind::kNull, ""}}})).ok());
    // An empty last value counts as absent. The earlier value does not count either.
    BOOST_TEST(accepted(form_of({{"url", {Kind::kFormText, kUrl}},
                                 {"check_cert", {Kind::kFormText, "no"}},
                                 {"check_cert", {Kind::kFormText, ""}}}))
                   .check_cert);
}

BOOST_AUTO_TEST_CASE(a_url_is_required) {
    const FieldErrors expected{{"url", {"This field is required."}}};
    const auto result = parse_new_webhook({});
    BOOST_REQUIRE(!result.ok());
    BOOST_TEST((result.error() == expected));
}

BOOST_AUTO_TEST_CASE(null_is_refused_for_every_field) {
    for (const std::string_view name : model::kWebhookFields) {
        BOOST_TEST(messages_about(std::string(name), Kind::kNull, "") == kNull);
    }
}

BOOST_AUTO_TEST_CASE(a_file_is_no_value_of_any_field) {
    for (const std::string_view name : model::kWebhookFields) {
        BOOST_TEST(messages_about(std::string(name), Kind::kFile, "") == kNoString);
    }
}

BOOST_AUTO_TEST_CASE(strings_must_be_strings) {
    for (const char* name : {"url", "name", "api_version"}) {
        BOOST_TEST(messages_about(name, Kind::kNumber, "1") == kNoString);
        BOOST_TEST(messages_about(name, Kind::kBoolean, "true") == kNoString);
        BOOST_TEST(messages_about(name, Kind::kArray, R"(["v1"])") == kNoString);
        BOOST_TEST(messages_about(name, Kind::kObject, "{}") == kNoString);
    }
}

BOOST_AUTO_TEST_CASE(a_url_may_not_be_blank) {
    const Messages expected{"This field may not be blank."};
    for (const Kind kind : {Kind::kString, Kind::kFormText}) {
        for (const char* text : {"", " ", "\t\r\n", "\u00a0", "\u2003\u3000"}) {
            BOOST_TEST(messages_about("url", kind, text) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(white_space_around_a_string_is_trimmed) {
    const std::string space = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000";
    const auto webhook = accepted(form_of({{"url", {Kind::kString, space + kUrl + space}},
                                           {"name", {Kind::kFormText, space + "a \u00a0 b" + space}},
                                           {"check_cert", {Kind::kString, space + "No" + space}},
                                           {"api_version", {Kind::kFormText, space + "v1" + space}}}));
    BOOST_TEST(webhook.url == kUrl);
    BOOST_TEST(webhook.name == "a \u00a0 b");
    BOOST_TEST(!webhook.check_cert);
    BOOST_TEST(webhook.api_version == "v1");
    BOOST_TEST(accepted(form_with("name", Kind::kFormText, space)).name == "");
}

BOOST_AUTO_TEST_CASE(characters_that_only_look_like_white_space_are_kept) {
    for (const char* text : {"\u200b", "\ufeff", "\u180e", "\u2060", "\x1c", "\x1f"}) {
        BOOST_TEST(accepted(form_with("name", Kind::kString, text)).name == text);
        BOOST_TEST(messages_about("url", Kind::kString, text + std::string(kUrl)) == Messages{kNoUrl});
    }
}

BOOST_AUTO_TEST_CASE(a_url_has_a_limit) {
    BOOST_TEST(messages_about("url", Kind::kString, url_of_length(2048)).empty());
    BOOST_TEST(messages_about("url", Kind::kString, "  " + url_of_length(2048) + "\n").empty());
    BOOST_TEST(messages_about("url", Kind::kString, url_of_length(2049)) == Messages{kLongUrl});
    // The limit counts characters: this text has too many bytes, but not too many characters.
    const std::string start = "https://example.com/";
    BOOST_TEST(messages_about("url", Kind::kString, start + repeat("\u00e9", 2048 - start.size())) ==
               Messages{kNoUrl});
}

BOOST_AUTO_TEST_CASE(a_name_has_a_limit) {
    for (const char* character : {"a", "\u00e9", "\u20ac", "\U0001f600"}) {
        const std::string longest = repeat(character, 255);
        BOOST_TEST(accepted(form_with("name", Kind::kString, " " + longest + " ")).name == longest);
        BOOST_TEST(messages_about("name", Kind::kString, longest + character) == Messages{kLongName});
    }
}

BOOST_AUTO_TEST_CASE(a_url_that_breaks_several_rules_gets_all_messages) {
    const std::string tail(2048, 'a');
    const auto about = [](const std::string& url) { return messages_about("url", Kind::kString, url); };
    BOOST_TEST(about("http://example.com") == Messages{kNoUrl});
    BOOST_TEST(about("https://localhost/") == Messages{kAddress});
    BOOST_TEST(about("https://localhost/" + tail) == (Messages{kLongUrl, kAddress}));
    BOOST_TEST(about("https://[::1]/" + tail) == (Messages{kLongUrl, kAddress}));
    BOOST_TEST(about("ftp://localhost/" + tail) == (Messages{kLongUrl, kNoUrl}));
    BOOST_TEST(about("https://example.com/\0"s) == (Messages{kNoUrl, kNul}));
    BOOST_TEST(about("https://127.0.0.1/\0"s) == (Messages{kNoUrl, kNul}));
    BOOST_TEST(about("\0"s) == (Messages{kNoUrl, kNul}));
    BOOST_TEST(about("https://example.com/\0"s + tail) == (Messages{kLongUrl, kNoUrl, kNul}));
}

BOOST_AUTO_TEST_CASE(a_name_that_breaks_several_rules_gets_all_messages) {
    BOOST_TEST(messages_about("name", Kind::kFormText, "a\0b"s) == Messages{kNul});
    BOOST_TEST(messages_about("name", Kind::kFormText, "\0"s + repeat("\u00e9", 255)) ==
               (Messages{kLongName, kNul}));
    BOOST_TEST(messages_about("name", Kind::kFormText, std::string(256, '\0')) ==
               (Messages{kLongName, kNul}));
    BOOST_TEST(messages_about("name", Kind::kFormText, std::string(255, '\0')) == Messages{kNul});
}

BOOST_AUTO_TEST_CASE(names_hold_any_text_but_nul) {
    for (const char* text : {"<b>\"'\\", "\x01\x7f", "a\nb", "\U0010ffff", "null"}) {
        BOOST_TEST(accepted(form_with("name", Kind::kString, text)).name == text);
    }
}

BOOST_AUTO_TEST_CASE(choices_left_empty_in_a_form_are_open) {
    const auto webhook = accepted(form_of({{"url", {Kind::kFormText, kUrl}},
                                           {"check_cert", {Kind::kFormText, ""}},
                                           {"api_version", {Kind::kFormText, ""}}}));
    BOOST_TEST(webhook.check_cert);
    BOOST_TEST(webhook.api_version == "v1");
    // This is different in JSON, and with any text after "=".
    BOOST_TEST(messages_about("check_cert", Kind::kString, "") == kNoBoolean);
    BOOST_TEST(messages_about("api_version", Kind::kString, "") == Messages{"\"\" is not a valid choice."});
    BOOST_TEST(messages_about("api_version", Kind::kFormText, " ") ==
               Messages{"\"\" is not a valid choice."});
}

BOOST_AUTO_TEST_CASE(a_form_repeats_the_event_types_each_once) {
    BOOST_TEST(types_of({"scan_failed"}) == "scan_failed");
    BOOST_TEST(types_of({"finding_fixed", "\tscan_failed\u00a0", "user_created"}) ==
               "user_created,scan_failed,finding_fixed");
    BOOST_TEST(types_of({"scan_failed", "scan_failed"}) == "scan_failed");
    // An empty value is no item, so it can stand for the empty list.
    BOOST_TEST(types_of({}) == "");
    BOOST_TEST(types_of({""}) == "");
    BOOST_TEST(types_of({"", ""}) == "");
    BOOST_TEST(types_of({"", "scan_failed", ""}) == "scan_failed");
}

BOOST_AUTO_TEST_CASE(json_has_an_array_of_event_types) {
    BOOST_TEST(types_of_json("[]") == "");
    BOOST_TEST(types_of_json(R"(["scan_failed"])") == "scan_failed");
    BOOST_TEST(types_of_json(R"(["scan_failed"," user_created","scan_failed"])") ==
               "user_created,scan_failed");
    std::string all;
    for (const std::string_view type : model::kEventTypes) {
        all.append(all.empty() ? "[\"" : ",\"").append(type).append("\"");
    }
    BOOST_TEST(accepted(form_with("event_types", Kind::kArray, all + "]")).event_types.names().size() == 12U);
}

// The last one counts where JSON repeats a key: its list is one value.
BOOST_AUTO_TEST_CASE(lists_of_a_repeated_key_are_not_joined) {
    const auto webhook = accepted(form_of({{"url", {Kind::kString, kUrl}},
                                           {"event_types", {Kind::kArray, R"(["wrong"])"}},
                                           {"event_types", {Kind::kArray, R"(["scan_failed"])"}}}));
    BOOST_TEST(model::format_event_types(webhook.event_types) == "scan_failed");
}

BOOST_AUTO_TEST_CASE(event_types_must_be_a_list) {
    const Messages expected{"Expected a list of items."};
    for (const Kind kind : {Kind::kString, Kind::kNumber, Kind::kBoolean, Kind::kObject}) {
        BOOST_TEST(messages_about("event_types", kind, "scan_failed") == expected);
    }
    BOOST_TEST(messages_about("event_types", Kind::kString, "") == expected);
}

BOOST_AUTO_TEST_CASE(each_wrong_item_is_named_once) {
    const auto about = [](const std::string& array) {
        return messages_about("event_types", Kind::kArray, array);
    };
    BOOST_TEST(about(R"(["x","scan_failed"," x ","SCAN_FAILED",""])") ==
               (Messages{"\"x\" is not a valid choice.", "\"SCAN_FAILED\" is not a valid choice.",
                         "\"\" is not a valid choice."}));
    BOOST_TEST(about(R"(["scan_failed,scan_started"])") ==
               Messages{"\"scan_failed,scan_started\" is not a valid choice."});
    BOOST_TEST(about(R"([1,null,["scan_failed"],{},true,"x"])") ==
               (Messages{"Not a valid string.", "\"x\" is not a valid choice."}));
    BOOST_TEST(messages_about("event_types", Kind::kFormText, " ") ==
               Messages{"\"\" is not a valid choice."});
    BOOST_TEST(messages_about("event_types", Kind::kJsonFile, R"(["scan_failed"])") == kNoString);
}

BOOST_AUTO_TEST_CASE(messages_name_at_most_ten_wrong_items) {
    std::string array = "[";
    for (int i = 0; i < 1000; ++i) array += "\"" + std::to_string(i) + "\",";
    const auto messages = messages_about("event_types", Kind::kArray, array + "\"scan_failed\"]");
    BOOST_TEST(messages.size() == handlers::kMostWrongItems);
    BOOST_TEST(messages.back() == "\"9\" is not a valid choice.");
    http::Form form = form_of({{"url", {Kind::kFormText, kUrl}}});
    for (int i = 0; i < 11; ++i) form.add("event_types", {Kind::kFormText, std::to_string(i)});
    BOOST_TEST(parse_new_webhook(form).error().at(0).second.size() == handlers::kMostWrongItems);
}

BOOST_AUTO_TEST_CASE(ordered_is_a_boolean_like_check_cert) {
    BOOST_TEST(accepted(form_with("ordered", Kind::kBoolean, "true")).ordered);
    BOOST_TEST(accepted(form_with("ordered", Kind::kFormText, " On")).ordered);
    BOOST_TEST(!accepted(form_with("ordered", Kind::kNumber, "0")).ordered);
    BOOST_TEST(!accepted(form_with("ordered", Kind::kFormText, "")).ordered);
    BOOST_TEST(messages_about("ordered", Kind::kString, "perhaps") == kNoBoolean);
}

BOOST_AUTO_TEST_CASE(enabled_is_unknown_to_a_registration) {
    BOOST_TEST(messages_about("enabled", Kind::kString, "perhaps").empty());
}

BOOST_AUTO_TEST_CASE(versions_that_are_no_choice_are_quoted_trimmed) {
    const auto about = [](const std::string& text) {
        return messages_about("api_version", Kind::kFormText, text);
    };
    BOOST_TEST(about("v9") == Messages{"\"v9\" is not a valid choice."});
    BOOST_TEST(about("V1") == Messages{"\"V1\" is not a valid choice."});
    BOOST_TEST(about("  v2\n") == Messages{"\"v2\" is not a valid choice."});
    BOOST_TEST(about("1") == Messages{"\"1\" is not a valid choice."});
    BOOST_TEST(about("v\"1") == Messages{"\"v\"1\" is not a valid choice."});
    BOOST_TEST(about("v1\0"s) == Messages{"\"v1\0\" is not a valid choice."s});
    BOOST_TEST(about("\u00e9") == Messages{"\"\u00e9\" is not a valid choice."});
}

BOOST_AUTO_TEST_CASE(all_fields_are_validated_and_errors_are_in_order) {
    const auto result = parse_new_webhook(form_of({{"ordered", {Kind::kArray, "[]"}},
                                                   {"event_types", {Kind::kString, ""}},
                                                   {"api_version", {Kind::kNumber, "1"}},
                                                   {"check_cert", {Kind::kString, "maybe"}},
                                                   {"name", {Kind::kNull, ""}}}));
    const FieldErrors expected{{"url", {"This field is required."}},
                               {"name", kNull},
                               {"check_cert", kNoBoolean},
                               {"api_version", kNoString},
                               {"event_types", {"Expected a list of items."}},
                               {"ordered", kNoBoolean}};
    BOOST_REQUIRE(!result.ok());
    BOOST_TEST((result.error() == expected));
}
