#define BOOST_TEST_MODULE query
#include "fcgi/http/query.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace {

base::Result<http::Form, std::string> decode(std::string uri) {
    http::Request request;
    request.uri = std::move(uri);
    return http::decode_query(request);
}

// "name=text|name=text"
std::string shown(const std::string& uri) {
    const auto query = decode(uri);
    BOOST_REQUIRE(query.ok());
    std::string text;
    for (const http::Field& field : query.value().fields()) {
        BOOST_TEST((field.value.kind == http::Value::Kind::kFormText));
        text += (text.empty() ? "" : "|") + field.name + "=" + field.value.text;
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_query_is_an_empty_form) {
    for (const char* uri : {"/events/", "/events/?", "/", "", "/events/?&&"})
        BOOST_TEST(shown(uri).empty(), uri);
}

BOOST_AUTO_TEST_CASE(the_query_follows_the_first_question_mark) {
    BOOST_TEST(shown("/events/?page=2&length=5") == "page=2|length=5");
    BOOST_TEST(shown("/events/?a=b?c=d") == "a=b?c=d");
    BOOST_TEST(shown("?a") == "a=");
    BOOST_TEST(shown("/x?a=1&a=2") == "a=1|a=2");
    BOOST_TEST(shown("/x?p%61ge=%32+%2B") == "page=2 +");
    BOOST_TEST(shown("/x?%zz=%") == "%zz=%");
    BOOST_TEST(shown("http://example.com/x?a=b") == "a=b");
}

BOOST_AUTO_TEST_CASE(the_last_of_a_repeated_name_counts) {
    const auto query = decode("/x?page=1&page=7");
    BOOST_REQUIRE(query.ok());
    BOOST_TEST(query.value().find("page")->text == "7");
    BOOST_TEST((query.value().find("length") == nullptr));
}

BOOST_AUTO_TEST_CASE(errors_say_that_they_are_about_the_query) {
    std::string many = "/x?";
    for (int i = 0; i <= 1000; ++i) many += "a&";
    for (const std::string& uri : {std::string("/x?page=%ff"), std::string("/x?\xC3="), many}) {
        const auto query = decode(uri);
        BOOST_REQUIRE(!query.ok());
        BOOST_TEST(query.error().starts_with("Query parse error - "), query.error());
    }
}
