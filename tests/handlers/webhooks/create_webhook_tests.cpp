// Tests the parts of the operation that need no database: the decoded body, the webhook's own response, and what a
// client without access sees.
#define BOOST_TEST_MODULE create_webhook
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/access.hpp"
#include "tests/support/collected_reply.hpp"
#include "tests/support/idle_services.hpp"

using handlers::read_new_webhook;

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

constexpr std::array<db::Scope, 3> kScopes{db::Scope{5}, db::Scope{db::kNoId}, db::Scope{}};

// The response to POST webhooks/ that needs no database, or the one at the end of the service.
http::Response post(const http::Request& request, const db::Scope& scope, bool& is_answered_at_once) {
    const auto in_hand = std::make_shared<CollectedReply>(request);
    {
        IdleServices services;
        handlers::RoutedRequest routed{http::Reply(in_hand), scope, std::vector<model::Id>()};
        handlers::create_webhook(services.all, routed);
        is_answered_at_once = in_hand->is_answered();
    }
    return in_hand->response();
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

BOOST_AUTO_TEST_CASE(malformed_credentials_are_refused_at_once) {
    http::Request request = request_with("{");
    bool at_once = false;
    BOOST_TEST(post(request, kScopes[0], at_once).status == 401);
    BOOST_TEST(at_once);
    request.headers.push_back({"AUTHORIZATION", "JWT"});
    for (const db::Scope& scope : kScopes) {
        BOOST_TEST(post(request, scope, at_once).status == 401);
        BOOST_TEST(at_once);
    }
}

BOOST_AUTO_TEST_CASE(without_the_store_no_client_sees_errors_of_the_body) {
    for (const db::Scope& scope : kScopes) {
        for (const char* body : {R"({"url": "https://example.com/"})", "{}", "{"}) {
            http::Request request = request_with(body);
            request.headers.push_back({"AUTHORIZATION", "JWT abc"});
            bool at_once = true;
            const auto response = post(request, scope, at_once);
            BOOST_TEST(!at_once);
            BOOST_TEST(response.status == 500);
            BOOST_TEST((response.headers == http::NamedTexts{{"Retry-After", "1"}}));
        }
    }
}
