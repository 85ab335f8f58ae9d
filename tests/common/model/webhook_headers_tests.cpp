#define BOOST_TEST_MODULE webhook_headers
#include "common/model/webhook_headers.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace {

using Messages = std::vector<std::string>;

std::string one(const std::string& name, const std::string& text) {
    return "{\"" + name + "\":\"" + text + "\"}";
}

std::string many(std::size_t count) {
    std::string json = "{";
    for (std::size_t i = 0; i < count; ++i)
        json += (i == 0 ? "\"X-" : ",\"X-") + std::to_string(i) + "\":\"\"";
    return json + "}";
}

void expect_errors(const std::string& json, const Messages& expected) {
    BOOST_TEST_CONTEXT(json) {
        const auto headers = model::read_webhook_headers(json);
        BOOST_REQUIRE(!headers.ok());
        BOOST_TEST(headers.error() == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(headers_keep_their_order_and_spelling) {
    const auto headers = model::read_webhook_headers(
        R"({"X-Api-Key": " a \"b\" ", "authorization": "Bearer x:y", "!#$%&'*+-.^_`|~9": ""})");
    BOOST_REQUIRE(headers.ok());
    const model::WebhookHeaders expected{
        {"X-Api-Key", "a \"b\""}, {"authorization", "Bearer x:y"}, {"!#$%&'*+-.^_`|~9", ""}};
    BOOST_TEST((headers.value() == expected));
    const std::string json = model::webhook_headers_json(headers.value());
    BOOST_TEST(json == R"({"X-Api-Key":"a \"b\"","authorization":"Bearer x:y","!#$%&'*+-.^_`|~9":""})");
    BOOST_TEST((model::read_webhook_headers(json).value() == expected));
    BOOST_TEST(model::read_webhook_headers("{}").value().empty());
    BOOST_TEST(model::webhook_headers_json({}) == "{}");
}

BOOST_AUTO_TEST_CASE(of_a_repeated_name_the_last_counts) {
    const auto headers = model::read_webhook_headers(R"({"A": 1, "B": "b", "A": "a"})");
    BOOST_TEST((headers.value() == model::WebhookHeaders{{"B", "b"}, {"A", "a"}}));
}

BOOST_AUTO_TEST_CASE(the_limits_hold) {
    BOOST_TEST(model::read_webhook_headers(many(20)).ok());
    expect_errors(many(21), {"Ensure this field has no more than 20 headers."});
    BOOST_TEST(model::read_webhook_headers(one(std::string(64, 'n'), "")).ok());
    const std::string long_name(65, 'n');
    expect_errors(one(long_name, ""),
                  {'"' + long_name + "\": Ensure this name has no more than 64 characters."});
    BOOST_TEST(model::read_webhook_headers(one("X", ' ' + std::string(1024, 't') + ' ')).ok());
    expect_errors(one("X", std::string(1025, 't')),
                  {"\"X\": Ensure this field has no more than 1024 characters."});
}

BOOST_AUTO_TEST_CASE(a_name_is_a_token) {
    for (const std::string name :
         {"", " X", "X ", "X Y", "X:", ":authority", "X,Y", "(X)", "X\u00e4", "X\x7f"}) {
        expect_errors(one(name, ""), {'"' + name + "\": Not a valid header name."});
    }
    expect_errors(R"({"X\u0000": ""})", {std::string("\"X\0\": Not a valid header name.", 30)});
    expect_errors(R"({"X\r\nY": ""})", {"\"X\r\nY\": Not a valid header name."});
}

BOOST_AUTO_TEST_CASE(names_that_are_not_the_owners_are_refused) {
    for (const std::string name :
         {"connection", "Keep-Alive", "proxy-authorization", "Proxy-Connection", "TE", "trailer", "Upgrade",
          "HTTP2-Settings", "transfer-encoding", "HOST", "content-type", "Content-Length", "content-",
          "user-agent", "webhook-id", "Webhook-Signature", "webhook-"}) {
        expect_errors(one(name, ""), {'"' + name + "\": This header may not be set."});
    }
    for (const std::string name :
         {"x-connection", "te2", "hosts", "content", "webhook", "proxy", "Accept", "Cookie"}) {
        BOOST_TEST(model::read_webhook_headers(one(name, "")).ok(), name);
    }
}

BOOST_AUTO_TEST_CASE(names_differ_in_more_than_case) {
    expect_errors(R"({"X-A": "1", "x-b": "2", "x-a": "3"})", {"\"x-a\": This header is repeated."});
}

BOOST_AUTO_TEST_CASE(a_text_is_printable_ascii) {
    const std::string refused = "\"X\": Only printable ASCII characters are allowed.";
    for (const std::string text : {"a\\tb", "a\\r\\nSet-Cookie: b", "\\u0000", "\u00fcber", "a\x7f"}) {
        expect_errors(one("X", text), {refused});
    }
    BOOST_TEST(model::read_webhook_headers(one("X", "\\t !~\\n")).value()[0].text == "!~");
    expect_errors(R"({"A": null, "B": 1, "C": ["x"], "D": {}, "E": true})",
                  {"\"A\": This field may not be null.", "\"B\": Not a valid string.",
                   "\"C\": Not a valid string.", "\"D\": Not a valid string.", "\"E\": Not a valid string."});
}

BOOST_AUTO_TEST_CASE(every_error_is_named_and_no_text_is_told) {
    expect_errors(
        R"({"Host": "secret\n1", "a b": "secret\u00fc"})",
        {"\"Host\": This header may not be set.", "\"Host\": Only printable ASCII characters are allowed.",
         "\"a b\": Not a valid header name.", "\"a b\": Only printable ASCII characters are allowed."});
}

BOOST_AUTO_TEST_CASE(only_an_object_has_headers) {
    expect_errors("[]", {"Invalid data. Expected a dictionary, but got list."});
    expect_errors("\"x\"", {"Invalid data. Expected a dictionary, but got str."});
    for (const std::string json : {"", "{", "{\"X\": \"\"} x", "{X: 1}"}) {
        BOOST_TEST(!model::read_webhook_headers(json).ok());
    }
}

}  // namespace
