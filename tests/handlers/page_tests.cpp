#define BOOST_TEST_MODULE page
#include "handlers/page.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using handlers::PageNumber;
using handlers::parse_page_number;

namespace {

constexpr const char* kNoNumber = "A positive whole number is required.";

http::Form query_of(const std::string& page, const std::string& length) {
    http::Form query;
    query.add("page", {.text = page});
    query.add("length", {.text = length});
    return query;
}

http::FieldErrors errors_of(const std::string& page, const std::string& length) {
    http::FieldErrors errors;
    (void)parse_page_number(query_of(page, length), errors);
    return errors;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_defaults) {
    http::FieldErrors errors;
    const PageNumber number = parse_page_number({}, errors);
    BOOST_TEST(errors.empty());
    BOOST_TEST(number.page == 1U);
    BOOST_TEST(number.length == 10U);
    BOOST_TEST(number.slice().offset == 0U);
    BOOST_TEST(number.slice().length == 10U);
}

BOOST_AUTO_TEST_CASE(numbers_up_to_the_limits) {
    http::FieldErrors errors;
    const PageNumber number = parse_page_number(query_of("4294967296", "100"), errors);
    BOOST_TEST(errors.empty());
    BOOST_TEST(number.page == 4294967296U);
    BOOST_TEST(number.slice().offset == 429496729500U);
    BOOST_TEST(number.slice().length == 100U);
    BOOST_TEST(parse_page_number(query_of("1", "1"), errors).slice().length == 1U);
    BOOST_TEST(parse_page_number(query_of("007", "010"), errors).slice().offset == 60U);
    BOOST_TEST(errors.empty());
}

BOOST_AUTO_TEST_CASE(no_numbers) {
    for (const char* text : {"", " 1", "1 ", "-1", "+1", "1.0", "1e1", "0x1", "x", "\xD9\xA1", "1,000"}) {
        const http::FieldErrors expected{{"page", {kNoNumber}}, {"length", {kNoNumber}}};
        BOOST_TEST((errors_of(text, text) == expected), text);
    }
}

BOOST_AUTO_TEST_CASE(numbers_beyond_the_limits) {
    const std::string small = "Ensure this value is greater than or equal to 1.";
    const std::string large = "Ensure this value is less than or equal to ";
    for (const char* text : {"0", "000"}) {
        const http::FieldErrors expected{{"page", {small}}, {"length", {small}}};
        BOOST_TEST((errors_of(text, text) == expected), text);
    }
    for (const char* text : {"4294967297", "18446744073709551616", "99999999999999999999999999"}) {
        const http::FieldErrors expected{{"page", {large + "4294967296."}}, {"length", {large + "100."}}};
        BOOST_TEST((errors_of(text, text) == expected), text);
    }
    BOOST_TEST((errors_of("1", "101") == http::FieldErrors{{"length", {large + "100."}}}));
}

BOOST_AUTO_TEST_CASE(a_page_of_objects) {
    const auto response = handlers::page_response({.page = 2, .length = 2}, 5, {R"({"a":1})", R"({"b":2})"});
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body ==
               R"({"count":5,"page_total":3,"page":2,"length":2,"results":[{"a":1},{"b":2}]})");
    BOOST_TEST(handlers::page_response({.page = 3, .length = 2}, 5, {}).status == 200);
    BOOST_TEST(handlers::page_response({.page = 4, .length = 2}, 5, {}).status == 404);
    BOOST_TEST(handlers::page_response({.page = 3, .length = 2}, 4, {}).status == 404);
}

BOOST_AUTO_TEST_CASE(an_empty_list_has_one_page) {
    BOOST_TEST(handlers::page_response({}, 0, {}).body ==
               R"({"count":0,"page_total":1,"page":1,"length":10,"results":[]})");
    BOOST_TEST(handlers::page_response({.page = 2, .length = 10}, 0, {}).status == 404);
}
