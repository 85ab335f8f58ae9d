#define BOOST_TEST_MODULE problem
#include "fcgi/http/problem.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::string_literals;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

void check(const http::Response& response, int status, const std::string& body, const Headers& headers = {}) {
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.body == body);
    BOOST_TEST((response.headers == headers));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem_tests)

BOOST_AUTO_TEST_CASE(each_error_has_its_body_and_headers) {
    check(http::problem(403, "No."), 403, R"({"detail":"No."})");
    check(http::bad_request("Bad."), 400, R"({"non_field_errors":["Bad."]})");
    check(http::unauthorised(), 401, R"({"detail":"Incorrect authentication credentials."})",
          {{"WWW-Authenticate", R"(Bearer realm="targethooks")"},
           {"WWW-Authenticate", R"(JWT realm="targethooks")"}});
    check(http::not_found(), 404, R"({"detail":"Not found."})");
    check(http::precondition_failed(), 412, R"({"detail":"Precondition failed."})");
    check(http::body_too_large(), 413, R"({"detail":"Request body too large."})");
    check(http::unsupported_media_type("text/plain"), 415,
          R"({"detail":"Unsupported media type \"text/plain\" in request."})");
    check(http::unsupported_media_type(""), 415, R"({"detail":"Unsupported media type \"\" in request."})");
    check(http::method_not_allowed("TRACE", "GET, POST"), 405,
          R"({"detail":"Method \"TRACE\" not allowed."})", {{"Allow", "GET, POST"}});
}

BOOST_AUTO_TEST_CASE(the_reason_of_an_unexpected_error_is_only_logged) {
    for (const auto& [stored, word] :
         {std::pair{http::Stored::kNo, "no"}, {http::Stored::kPerhaps, "perhaps"}}) {
        const auto response = http::unexpected_error("out of memory", stored);
        check(response, 500, R"({"detail":"Unexpected error while handling your request."})",
              {{"Retry-After", "1"}});
        BOOST_TEST((response.log == Headers{{"fault", "out of memory"}, {"stored", word}}));
    }
}

BOOST_AUTO_TEST_CASE(fields_and_messages_keep_their_order) {
    check(http::bad_fields({{"url", {"This field is required."}}, {"name", {"One.", "Two."}}}), 400,
          R"({"url":["This field is required."],"name":["One.","Two."]})");
}

BOOST_AUTO_TEST_CASE(text_is_escaped_as_json) {
    check(http::bad_request("a\"b\\c\n\0d\xC3\xA9\xF0\x9F\x98\x80"s), 400,
          "{\"non_field_errors\":[\"a\\\"b\\\\c\\n\\u0000d\xC3\xA9\xF0\x9F\x98\x80\"]}");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
    const std::string replacement = "\xEF\xBF\xBD";
    check(http::method_not_allowed("G\xFF\xFET", "POST"), 405,
          "{\"detail\":\"Method \\\"G" + replacement + replacement + "T\\\" not allowed.\"}",
          {{"Allow", "POST"}});
    check(http::unsupported_media_type("\xC3"), 415,
          "{\"detail\":\"Unsupported media type \\\"" + replacement + "\\\" in request.\"}");
    check(http::bad_fields({{"\x80", {"\xC3\xA9\xED\xA0\x80"}}}), 400,
          "{\"" + replacement + "\":[\"\xC3\xA9" + replacement + replacement + replacement + "\"]}");
}

BOOST_AUTO_TEST_SUITE_END()
