#define BOOST_TEST_MODULE steering_fields
#include "handlers/webhooks/steering_fields.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";
constexpr const char* kMultipart = "multipart/form-data; boundary=B";

http::Request request_with(std::string body, std::string content_type = kJson) {
    http::Request request;
    request.headers = {{"CONTENT_TYPE", std::move(content_type)}};
    request.body = std::move(body);
    return request;
}

std::string part(const std::string& disposition, const std::string& value) {
    return "--B\r\nContent-Disposition: form-data; name=" + disposition + "\r\n\r\n" + value +
           "\r\n--B--\r\n";
}

template <class Read>
void expect_error(const Read& read, const http::Request& request, int status, const std::string& body) {
    BOOST_TEST_CONTEXT(request.body) {
        const auto result = read(request);
        BOOST_REQUIRE(!result.ok());
        BOOST_TEST(result.error().status == status);
        BOOST_TEST(result.error().body == body);
    }
}

auto reason_of(const http::Request& request) {
    return handlers::read_disabled_reason(request);
}

auto type_of(const http::Request& request) {
    return handlers::read_test_event_type(request);
}

auto period_of(const http::Request& request) {
    return handlers::read_recovery_period(request);
}

auto headers_of(const http::Request& request) {
    return handlers::read_headers(request);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_reason_is_trimmed_and_has_a_default) {
    for (const auto& [body, type] :
         {std::pair{R"({"reason": " moved\u00a0"})", kJson}, std::pair{"reason=+moved", kUrlencoded},
          std::pair{"reason=no&reason=moved", kUrlencoded}}) {
        BOOST_TEST(reason_of(request_with(body, type)).value() == "moved");
    }
    BOOST_TEST(reason_of(request_with(part("reason", "moved"), kMultipart)).value() == "moved");
    BOOST_TEST(reason_of(request_with("", "")).value() == "disabled by a user");
    for (const auto& [body, type] : {std::pair{"{}", kJson}, std::pair{R"({"reason": " "})", kJson},
                                     std::pair{"reason=", kUrlencoded}, std::pair{"", kMultipart}}) {
        BOOST_TEST(reason_of(request_with(body, type)).value() == "disabled by a user");
    }
}

BOOST_AUTO_TEST_CASE(a_reason_has_limits) {
    const std::string longest(255, 'x');
    BOOST_TEST(reason_of(request_with("reason=" + longest, kUrlencoded)).value() == longest);
    BOOST_TEST(reason_of(request_with("reason=%20" + longest + "%20", kUrlencoded)).value() == longest);
    expect_error(reason_of, request_with("reason=x" + longest, kUrlencoded), 400,
                 R"({"reason":["Ensure this field has no more than 255 characters."]})");
    expect_error(reason_of, request_with("reason=a%00", kUrlencoded), 400,
                 R"({"reason":["Null characters are not allowed."]})");
    expect_error(reason_of, request_with(R"({"reason": null})"), 400,
                 R"({"reason":["This field may not be null."]})");
    expect_error(reason_of, request_with(R"({"reason": 1})"), 400, R"({"reason":["Not a valid string."]})");
    expect_error(reason_of, request_with(part("reason; filename=f", "x"), kMultipart), 400,
                 R"({"reason":["Not a valid string."]})");
    expect_error(reason_of, request_with("x", "text/plain"), 415,
                 R"({"detail":"Unsupported media type \"text/plain\" in request."})");
}

BOOST_AUTO_TEST_CASE(a_test_names_an_event_type_or_none) {
    BOOST_TEST(!type_of(request_with("", "")).value().has_value());
    BOOST_TEST(!type_of(request_with("{}")).value().has_value());
    BOOST_TEST(!type_of(request_with("event_type=", kUrlencoded)).value().has_value());
    BOOST_TEST(type_of(request_with("event_type=+user_deleted", kUrlencoded)).value().value() ==
               "user_deleted");
    expect_error(type_of, request_with(R"({"event_type": "scan_done"})"), 400,
                 R"({"event_type":["\"scan_done\" is not a valid choice."]})");
    expect_error(type_of, request_with(R"({"event_type": ""})"), 400,
                 R"({"event_type":["\"\" is not a valid choice."]})");
    expect_error(type_of, request_with(R"({"event_type": ["scan_started"]})"), 400,
                 R"({"event_type":["Not a valid string."]})");
}

BOOST_AUTO_TEST_CASE(a_period_begins_and_may_end) {
    const auto open = period_of(request_with(R"({"since": "2026-01-31T17:32:17+01:00"})"));
    BOOST_TEST(open.value().since == "2026-01-31T16:32:17.000000Z");
    BOOST_TEST(!open.value().until.has_value());
    const auto closed =
        period_of(request_with("since=2026-01-31T16:32:17Z&until=2026-02-01T00:00:00Z", kUrlencoded));
    BOOST_TEST(closed.value().until.value() == "2026-02-01T00:00:00.000000Z");
    BOOST_TEST(period_of(request_with(R"({"since": "0001-01-01T00:00:00Z"})")).ok());
    for (const auto& [body, type] : {std::pair{"{}", kJson}, std::pair{"since=", kUrlencoded}}) {
        expect_error(period_of, request_with(body, type), 400, R"({"since":["This field is required."]})");
    }
    expect_error(period_of, request_with(R"({"since": null, "until": 1})"), 400,
                 R"({"since":["This field may not be null."],"until":["Not a valid string."]})");
    BOOST_TEST(period_of(request_with(R"({"since": "yesterday", "until": ""})"))
                   .error()
                   .body.find(R"({"since":["Datetime has wrong format.)") == 0U);
    BOOST_TEST(period_of(request_with("", "")).error().status == 415);
}

BOOST_AUTO_TEST_CASE(headers_are_an_object_in_every_encoding) {
    const model::WebhookHeaders expected{{"X-Api-Key", "a b"}};
    for (const auto& [body, type] :
         {std::pair{R"({"headers": {"X-Api-Key": "a b"}})", kJson},
          std::pair{"headers=+%7B%22X-Api-Key%22:%22a+b%22%7D", kUrlencoded},
          std::pair{R"({"headers": {"X-Api-Key": "1", "X-Api-Key": "a b"}})", kJson},
          std::pair{"headers={%22X-Api-Key%22:1,%22X-Api-Key%22:%22a%20b%22}", kUrlencoded}}) {
        BOOST_TEST((headers_of(request_with(body, type)).value() == expected));
    }
    BOOST_TEST((headers_of(request_with(part("headers", R"({"X-Api-Key": "a b"})"), kMultipart)).value() ==
                expected));
    BOOST_TEST(headers_of(request_with(R"({"headers": {}})")).value().empty());
}

BOOST_AUTO_TEST_CASE(headers_that_break_a_rule_are_named) {
    for (const auto& [body, type] : {std::pair{"{}", kJson}, std::pair{"headers=", kUrlencoded}}) {
        expect_error(headers_of, request_with(body, type), 400, R"({"headers":["This field is required."]})");
    }
    expect_error(headers_of, request_with(R"({"headers": null})"), 400,
                 R"({"headers":["This field may not be null."]})");
    for (const auto& [body, type] :
         {std::pair{R"({"headers": ["X: 1"]})", kJson}, std::pair{"headers=[]", kUrlencoded}}) {
        expect_error(headers_of, request_with(body, type), 400,
                     R"({"headers":["Invalid data. Expected a dictionary, but got list."]})");
    }
    expect_error(headers_of, request_with(R"({"headers": {"Host": "x", "a b": 1}})"), 400,
                 R"({"headers":["\"a b\": Not a valid string.","\"Host\": This header may not be set.",)"
                 R"("\"a b\": Not a valid header name."]})");
    expect_error(headers_of, request_with(part("headers; filename=f", "{}"), kMultipart), 400,
                 R"({"headers":["Not a valid string."]})");
    expect_error(headers_of, request_with("headers=%7B", kUrlencoded), 400,
                 R"x({"headers":["JSON parse error - Missing a name for object member. (offset 1)"]})x");
}
