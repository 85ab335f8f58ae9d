// Tests the parts of the operation that need no database: its own refusals, the decoded body, and the
// response to each outcome of the store.
#define BOOST_TEST_MODULE create_webhook
#include "handlers/webhooks/create_webhook.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/id.hpp"
#include "handlers/fault.hpp"
#include "sql/webhooks/access.hpp"

using handlers::answer;
using handlers::create_webhook;
using handlers::read_new_webhook;
using handlers::WebhookOrError;

namespace {

constexpr const char* kJson = "application/json";

http::Request request_with(std::string body, std::string content_type = kJson) {
    http::Request request;
    request.method = "POST";
    request.uri = "/targets/1111111115Q/webhooks/";
    request.headers = {{"CONTENT_TYPE", std::move(content_type)}};
    request.body = std::move(body);
    return request;
}

std::optional<std::string> header_of(const http::Response& response, std::string_view name) {
    const auto header =
        std::ranges::find_if(response.headers, [name](const auto& pair) { return pair.first == name; });
    if (header == response.headers.end()) return std::nullopt;
    return header->second;
}

const security::SecretCipher kSecrets(security::SecretCipher::Key{});

// A registrar without writers needs no database and reports it as unavailable.
struct WithoutDatabase {
    static db::RegistrarSettings settings() {
        db::RegistrarSettings settings;
        settings.writers = 0;
        return settings;
    }

    [[nodiscard]] http::Response post(const http::Request& request, const db::Scope& scope) {
        const handlers::Services services{registrar, connections, kSecrets, destinations, wakeup};
        std::optional<model::Identity> by;
        return handlers::answer_or_fault([&] { return create_webhook(services, {request, scope, {}}, by); });
    }

    db::Registrar registrar{settings(), kSecrets, [](std::string_view, std::string_view) {}};
    db::ConnectionPool connections{{}, [](std::string_view, std::string_view) {}};
    security::Destinations destinations;
    base::WakeupSender wakeup{""};
};

constexpr std::array<db::Scope, 3> kScopes{db::Scope{5}, db::Scope{db::kNoId}, db::Scope{}};

model::Event greeting() {
    return {.id = 1,
            .event_type = "target_created",
            .occurred_at = "2026-01-31T16:32:17.238553Z",
            .content = "{}",
            .deliveries = {{.webhook_id = 57,
                            .api_version = "v1",
                            .status = model::DeliveryStatus::kScheduled,
                            .next_try = "2026-03-01T09:00:00.000000Z",
                            .retries = 0}}};
}

WebhookOrError good_webhook() {
    model::WebhookFields webhook;
    webhook.url = "https://example.com/";
    return webhook;
}

WebhookOrError refusal() {
    return http::Response{.status = 415, .body = R"({"detail":"refused"})"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_good_body_becomes_a_webhook) {
    const auto webhook = read_new_webhook(
        request_with(R"({"url": " https://example.com/ ", "name": "CI", "check_cert": 0, "more": null})"),
        {});
    BOOST_REQUIRE(webhook.ok());
    BOOST_TEST(webhook.value().url == "https://example.com/");
    BOOST_TEST(webhook.value().name == "CI");
    BOOST_TEST(!webhook.value().check_cert);
    BOOST_TEST(webhook.value().api_version == "v1");
}

BOOST_AUTO_TEST_CASE(the_three_encodings_say_the_same) {
    const http::Request requests[] = {
        request_with(R"({"url":"https://example.com/","name":"a b","check_cert":false})"),
        request_with("url=https%3A%2F%2Fexample.com%2F&name=a+b&check_cert=off&api_version=",
                     "application/x-www-form-urlencoded"),
        request_with("--b\r\nContent-Disposition: form-data; name=\"url\"\r\n\r\nhttps://example.com/\r\n"
                     "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na b\r\n"
                     "--b\r\nContent-Disposition: form-data; name=\"check_cert\"\r\n\r\n0\r\n--b--\r\n",
                     "multipart/form-data; boundary=b")};
    for (const http::Request& request : requests) {
        const auto webhook = read_new_webhook(request, {});
        BOOST_REQUIRE(webhook.ok());
        BOOST_TEST(webhook.value().url == "https://example.com/");
        BOOST_TEST(webhook.value().name == "a b");
        BOOST_TEST(!webhook.value().check_cert);
        BOOST_TEST(webhook.value().api_version == "v1");
    }
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_a_400_that_names_them) {
    const auto webhook = read_new_webhook(request_with(R"({"name": null, "api_version": "v9"})"), {});
    BOOST_REQUIRE(!webhook.ok());
    BOOST_TEST(webhook.error().status == 400);
    BOOST_TEST(webhook.error().body == R"({"url":["This field is required."],)"
                                       R"("name":["This field may not be null."],)"
                                       R"("api_version":["\"v9\" is not a valid choice."]})");
}

BOOST_AUTO_TEST_CASE(a_body_that_can_not_be_decoded_is_a_400) {
    const auto webhook = read_new_webhook(request_with("[]"), {});
    BOOST_REQUIRE(!webhook.ok());
    BOOST_TEST(webhook.error().status == 400);
    BOOST_TEST(webhook.error().body ==
               R"({"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
}

BOOST_AUTO_TEST_CASE(another_media_type_is_a_415_that_quotes_it) {
    const auto webhook = read_new_webhook(request_with("{}", "text/plain; charset=utf-8"), {});
    BOOST_REQUIRE(!webhook.ok());
    BOOST_TEST(webhook.error().status == 415);
    BOOST_TEST(webhook.error().body == R"({"detail":"Unsupported media type \"text/plain\" in request."})");
}

BOOST_AUTO_TEST_CASE(a_stored_webhook_is_answered_by_its_greeting) {
    const auto response = answer(greeting(), good_webhook());
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body ==
               R"({"id":"11111111112","event_type":"target_created",)"
               R"("occurred_at":"2026-01-31T16:32:17.238553Z","object_type":"target","content":{},)"
               R"("webhooks":[{"id":"1111111111z","api_version":"v1","status":"scheduled",)"
               R"("next_try":"2026-03-01T09:00:00.000000Z","retries":0}]})");
    BOOST_TEST((response.log == http::NamedTexts{{"webhook", "1111111111z"}}));
}

BOOST_AUTO_TEST_CASE(credentials_are_checked_before_the_body) {
    const auto webhooks = {good_webhook(), refusal()};
    for (const WebhookOrError& webhook : webhooks) {
        const auto unauthorised = answer(db::Unauthorised{}, webhook);
        BOOST_TEST(unauthorised.status == 401);
        BOOST_TEST(unauthorised.body == R"({"detail":"Incorrect authentication credentials."})");
        BOOST_TEST(header_of(unauthorised, "WWW-Authenticate").has_value());
        const auto not_found = answer(db::NoSuchTarget{}, webhook);
        BOOST_TEST(not_found.status == 404);
        BOOST_TEST(not_found.body == R"({"detail":"Not found."})");
    }
}

BOOST_AUTO_TEST_CASE(permitted_clients_see_the_errors_of_their_body) {
    const auto response = answer(db::Allowed{}, refusal());
    BOOST_TEST(response.status == 415);
    BOOST_TEST(response.body == R"({"detail":"refused"})");
}

BOOST_AUTO_TEST_CASE(an_unavailable_store_is_a_500_to_be_tried_again) {
    for (const bool outcome_uncertain : {false, true}) {
        const db::Unavailable unavailable{"no \"answer\"", outcome_uncertain};
        const auto response = handlers::answer_or_fault([&] { return answer(unavailable, good_webhook()); });
        BOOST_TEST(response.status == 500);
        BOOST_TEST(response.body == R"({"detail":"Unexpected error while handling your request."})");
        BOOST_TEST((header_of(response, "Retry-After") == "1"));
        const http::NamedTexts expected{{"fault", "no \"answer\""},
                                        {"stored", outcome_uncertain ? "perhaps" : "no"}};
        BOOST_TEST((response.log == expected));
    }
}

BOOST_AUTO_TEST_CASE(malformed_credentials_are_refused_at_once) {
    WithoutDatabase service;
    http::Request request = request_with("{");
    BOOST_TEST(service.post(request, kScopes[0]).status == 401);
    request.headers.push_back({"AUTHORIZATION", "JWT"});
    for (const db::Scope& scope : kScopes) BOOST_TEST(service.post(request, scope).status == 401);
}

BOOST_AUTO_TEST_CASE(without_the_store_no_client_sees_errors_of_the_body) {
    WithoutDatabase service;
    for (const db::Scope& scope : kScopes) {
        for (const char* body : {R"({"url": "https://example.com/"})", "{}", "{"}) {
            http::Request request = request_with(body);
            request.headers.push_back({"AUTHORIZATION", "JWT abc"});
            const auto response = service.post(request, scope);
            BOOST_TEST(response.status == 500);
            BOOST_TEST((header_of(response, "Retry-After") == "1"));
        }
    }
}
