#define BOOST_TEST_MODULE single_object
#include "handlers/single_object.hpp"

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <string>

using handlers::single_object;

namespace {

http::Response ask(const std::string& json, std::initializer_list<std::string> if_none_match = {}) {
    http::Request request;
    for (const std::string& value : if_none_match) request.headers.push_back({"IF_NONE_MATCH", value});
    return single_object(request, json);
}

std::string tag_of(const http::Response& response) {
    BOOST_REQUIRE(response.headers.size() == 1U);
    BOOST_TEST(response.headers[0].first == "ETag");
    return response.headers[0].second;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_object_comes_with_a_strong_tag) {
    const auto response = ask(R"({"a":1})");
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body == R"({"a":1})");
    const std::string tag = tag_of(response);
    BOOST_TEST(tag.size() == 34U);
    BOOST_TEST((tag.front() == '"' && tag.back() == '"'));
    BOOST_TEST(tag.find_first_not_of("0123456789abcdef\"") == std::string::npos);
    BOOST_TEST(tag_of(ask(R"({"a":1})")) == tag);
    BOOST_TEST(tag_of(ask(R"({"a":2})")) != tag);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_the_object_gets_a_304) {
    const std::string tag = tag_of(ask("{}"));
    for (const auto& response : {ask("{}", {tag}), ask("{}", {"*"}), ask("{}", {"\"x\"", "W/" + tag})}) {
        BOOST_TEST(response.status == 304);
        BOOST_TEST(response.body.empty());
        BOOST_TEST(tag_of(response) == tag);
    }
    BOOST_TEST(ask("{}", {"\"x\"", "\"y\""}).status == 200);
}
