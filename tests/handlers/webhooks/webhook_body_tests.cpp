// Tests the differences between registering, replacing and changing. webhook_fields_tests.cpp tests the rules
// themselves.
#define BOOST_TEST_MODULE webhook_body
#include "handlers/webhooks/webhook_body.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";

http::Request request_with(std::string body, std::string content_type = kJson) {
    http::Request request;
    request.headers = {{"CONTENT_TYPE", std::move(content_type)}};
    request.body = std::move(body);
    return request;
}

model::WebhookChange change_of(const std::string& body, const std::string& content_type = kJson) {
    const auto change = handlers::read_webhook_change(request_with(body, content_type), {});
    BOOST_REQUIRE(change.ok());
    return change.value();
}

bool is_empty(const model::WebhookChange& change) {
    return change == model::WebhookChange{};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_change_has_the_fields_that_are_there) {
    const auto url = change_of(R"({"url": " https://example.com/ "})");
    BOOST_TEST(url.url.value() == "https://example.com/");
    BOOST_TEST((!url.name && !url.check_cert && !url.api_version));
    const auto name = change_of(R"({"name": ""})");
    BOOST_TEST(name.name.value().empty());
    BOOST_TEST((!name.url && !name.check_cert && !name.api_version));
    const auto check_cert = change_of("check_cert=off", kUrlencoded);
    BOOST_TEST(!check_cert.check_cert.value());
    BOOST_TEST((!check_cert.url && !check_cert.name && !check_cert.api_version));
    BOOST_TEST(change_of(R"({"api_version": "v1"})").api_version.value() == "v1");
    BOOST_TEST(change_of("ordered=t", kUrlencoded).ordered.value());
    const auto all =
        change_of("url=https%3A%2F%2Fexample.com&name=a&check_cert=1&api_version=v1", kUrlencoded);
    BOOST_TEST((all.url && all.name && all.check_cert && all.api_version));
}

BOOST_AUTO_TEST_CASE(a_change_of_nothing) {
    BOOST_TEST(is_empty(change_of("{}")));
    BOOST_TEST(is_empty(change_of(R"({"Enabled": false, "URL": "x", "id": null})")));
    BOOST_TEST(is_empty(change_of("", kUrlencoded)));
    BOOST_TEST(is_empty(change_of("check_cert=&api_version=&ordered=&enabled=", kUrlencoded)));
}

BOOST_AUTO_TEST_CASE(given_fields_are_validated_by_the_same_rules) {
    const std::string body = R"({"url": "http://x/", "name": null, "check_cert": 2, "api_version": "v9"})";
    const auto change = handlers::read_webhook_change(request_with(body), {});
    const auto webhook = handlers::read_new_webhook(request_with(body), {});
    BOOST_REQUIRE((!change.ok() && !webhook.ok()));
    BOOST_TEST(change.error().status == 400);
    BOOST_TEST(change.error().body == webhook.error().body);
    BOOST_TEST(
        change.error().body ==
        R"({"url":["Enter a valid URL."],"name":["This field may not be null."],)"
        R"("check_cert":["Must be a valid boolean."],"api_version":["\"v9\" is not a valid choice."]})");
    BOOST_TEST(handlers::read_webhook_change(request_with(R"({"url": ""})"), {}).error().body ==
               R"({"url":["This field may not be blank."]})");
}

BOOST_AUTO_TEST_CASE(only_a_whole_webhook_needs_a_url) {
    BOOST_TEST(handlers::read_webhook_change(request_with(R"({"name": "a"})"), {}).ok());
    const auto webhook = handlers::read_new_webhook(request_with(R"({"name": "a"})"), {});
    BOOST_REQUIRE(!webhook.ok());
    BOOST_TEST(webhook.error().body == R"({"url":["This field is required."]})");
}

BOOST_AUTO_TEST_CASE(a_whole_webhook_takes_defaults) {
    const auto webhook =
        handlers::read_new_webhook(request_with("url=https://example.com/&check_cert=", kUrlencoded), {});
    BOOST_REQUIRE(webhook.ok());
    BOOST_TEST(webhook.value().url == "https://example.com/");
    BOOST_TEST(webhook.value().name.empty());
    BOOST_TEST(webhook.value().check_cert);
    BOOST_TEST(webhook.value().api_version == "v1");
}

BOOST_AUTO_TEST_CASE(a_change_may_enable_and_disable) {
    BOOST_TEST((change_of(R"({"enabled": false})").enabled == false));
    BOOST_TEST((change_of("enabled=on", kUrlencoded).enabled == true));
    BOOST_TEST((change_of("event_types=", kUrlencoded).event_types == model::EventTypeSet{}));
    BOOST_TEST(!change_of("name=x", kUrlencoded).event_types.has_value());
    for (const auto read : {handlers::read_webhook_change, handlers::read_webhook_replacement}) {
        const auto change = read(request_with(R"({"url": "https://x.example/", "enabled": null})"), {});
        BOOST_REQUIRE(!change.ok());
        BOOST_TEST(change.error().body == R"({"enabled":["This field may not be null."]})");
    }
}

BOOST_AUTO_TEST_CASE(a_replacement_sets_every_field) {
    const auto replacement = [](const std::string& body) {
        return handlers::read_webhook_replacement(request_with(body, kUrlencoded), {});
    };
    const auto least = replacement("url=https://example.com/").value();
    model::WebhookChange expected = model::replacement(model::WebhookFields{.url = "https://example.com/"});
    expected.enabled = true;
    BOOST_TEST((least == expected));
    const auto all =
        replacement("url=https://example.com/&event_types=scan_failed&ordered=1&enabled=0").value();
    BOOST_TEST(model::format_event_types(all.event_types.value()) == "scan_failed");
    BOOST_TEST((all.ordered == true && all.enabled == false));
    BOOST_TEST(replacement("enabled=maybe").error().body ==
               R"({"url":["This field is required."],"enabled":["Must be a valid boolean."]})");
}

BOOST_AUTO_TEST_CASE(bodies_that_cannot_be_read) {
    BOOST_TEST(handlers::read_webhook_change(request_with("{}", "text/plain"), {}).error().status == 415);
    BOOST_TEST(handlers::read_webhook_change(request_with("{"), {}).error().status == 400);
    BOOST_TEST(handlers::read_webhook_change(request_with(""), {}).error().status == 400);
    BOOST_TEST(handlers::read_new_webhook(request_with("[]"), {}).error().body ==
               R"({"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
}

BOOST_AUTO_TEST_CASE(json_that_is_called_a_form_is_told) {
    constexpr const char* kHint =
        R"(,"non_field_errors":["The body looks like JSON, but its Content-Type says application/x-www-form-urlencoded."]})";
    const auto answer = [](const std::string& body, const std::string& type) {
        const auto webhook = handlers::read_new_webhook(request_with(body, type), {});
        return webhook ? std::string() : webhook.error().body;
    };
    const std::string json = R"({"url": "https://example.com/"})";
    for (const char* type : {kUrlencoded, "Application/X-www-form-urlencoded; charset=utf-8"}) {
        BOOST_TEST(answer(json, type).ends_with(kHint));
        BOOST_TEST(answer("{&name=%00", type).ends_with(kHint));
    }
    const std::string missing = R"({"url":["This field is required."]})";
    BOOST_TEST(answer("", kUrlencoded) == missing);
    BOOST_TEST(answer(" " + json, kUrlencoded) == missing);
    BOOST_TEST(answer("[]", kUrlencoded) == missing);
    BOOST_TEST(answer("{}", kJson) == missing);
    BOOST_TEST(answer("{=1&url=", kUrlencoded) == R"({"url":["This field may not be blank."]})");
    BOOST_TEST(handlers::read_webhook_change(request_with(json, kUrlencoded), {}).ok());
}

BOOST_AUTO_TEST_CASE(registrations_have_the_same_values_if_all_of_their_fields_are_the_same) {
    const auto values = [](const std::string& body, const std::string& content_type = kJson) {
        return handlers::values_of(handlers::read_new_webhook(request_with(body, content_type), {}).value());
    };
    const auto one = values(R"({"url": "https://example.com/"})");
    BOOST_TEST(one.size() == model::kWebhookFields.size());
    for (const char* same :
         {R"({"url": " https://example.com/ ", "name": " ", "unknown": 1})",
          R"({"check_cert": 1, "api_version": "v1", "url": "https://example.com/", "name": ""})"}) {
        BOOST_CHECK(values(same) == one);
    }
    BOOST_CHECK(values("url=https%3A%2F%2Fexample.com/&check_cert=YES", kUrlencoded) == one);
    for (const char* other :
         {R"({"url": "https://example.com/?"})", R"({"url": "https://example.com/", "name": "a"})",
          R"({"url": "https://example.com/", "check_cert": false})"}) {
        BOOST_CHECK(values(other) != one);
    }
    model::WebhookFields fields{.url = "https://example.com/"};
    BOOST_CHECK(handlers::values_of(fields) == one);
    fields.ordered = true;
    BOOST_CHECK(handlers::values_of(fields) != one);
    fields.ordered = false;
    BOOST_TEST(fields.event_types.add("scan_failed"));
    BOOST_CHECK(handlers::values_of(fields) != one);
}
