#define BOOST_TEST_MODULE urlencoded_body
#include "fcgi/http/urlencoded_body.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/forms.hpp"

using namespace std::string_literals;
using Lines = std::vector<std::string>;

namespace {

void check(const std::string& body, const Lines& expected) {
    BOOST_TEST_CONTEXT(body) {
        const Lines lines = test::format_out(http::decode_urlencoded(body));
        BOOST_TEST(lines == expected, boost::test_tools::per_element());
    }
}

std::string pairs(std::size_t count) {
    std::string body;
    for (std::size_t i = 0; i < count; ++i) body += "&a=b&";
    return body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(urlencoded_body_tests)

BOOST_AUTO_TEST_CASE(pairs_are_split_at_the_signs) {
    check("", {});
    check("&", {});
    check("&&a=1&&&b=2&", {"a=text:1", "b=text:2"});
    check("a", {"a=text:"});
    check("a=", {"a=text:"});
    check("=", {"=text:"});
    check("=b", {"=text:b"});
    check("a=b=c==", {"a=text:b=c=="});
    check("a=1&a=2", {"a=text:1", "a=text:2"});
    check("a=1;b=2", {"a=text:1;b=2"});
    check("url=https%3A%2F%2Fexample.com%2F%3Fa%3D1%26b%3D2", {"url=text:https://example.com/?a=1&b=2"});
}

BOOST_AUTO_TEST_CASE(escapes_are_decoded_once) {
    check("a+b=c+d", {"a b=text:c d"});
    check("a=%2B+%20", {"a=text:+  "});
    check("%61%3D=%26%3d", {"a==text:&="});
    check("a=%2541", {"a=text:%41"});
    check("a=%00%0d%0A", {"a=text:\0\r\n"s});
    check("a=b\0c"s, {"a=text:b\0c"s});
    check("a=%C3%A9\xC3\xA9%c3\xA9\xC3%a9", {"a=text:\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"});
    check("a=%EF%BB%BFx", {"a=text:\xEF\xBB\xBFx"});
}

BOOST_AUTO_TEST_CASE(a_percent_sign_without_an_escape_is_literal) {
    check("a=%", {"a=text:%"});
    check("a=100%&b=%4", {"a=text:100%", "b=text:%4"});
    check("a=%zz%4g%g4", {"a=text:%zz%4g%g4"});
    check("a=%%41%+1%-1% 1", {"a=text:%A% 1%-1% 1"});
    check("%=%&%1=%2", {"%=text:%", "%1=text:%2"});
    check("a=%4&1=b", {"a=text:%4", "1=text:b"});
    check("a=%u0041%0x", {"a=text:%u0041%0x"});
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_refused_with_its_offset) {
    check("a=\xFF", {"! Form parse error - Invalid UTF-8 in a value. (offset 2)"});
    check("a=1&b=x%41%ff", {"! Form parse error - Invalid UTF-8 in a value. (offset 10)"});
    check("a=1&%41%C3=b", {"! Form parse error - Invalid UTF-8 in a name. (offset 7)"});
    check("a=%C3&b=%A9", {"! Form parse error - Invalid UTF-8 in a value. (offset 2)"});
    check("\xC3=\xA9", {"! Form parse error - Invalid UTF-8 in a name. (offset 0)"});
    check("a=%ED%A0%80", {"! Form parse error - Invalid UTF-8 in a value. (offset 2)"});
    check("unknown=%80", {"! Form parse error - Invalid UTF-8 in a value. (offset 8)"});
    check("a=\xC0\x80", {"! Form parse error - Invalid UTF-8 in a value. (offset 2)"});
}

BOOST_AUTO_TEST_CASE(a_thousand_pairs_are_the_limit) {
    const auto at_limit = http::decode_urlencoded(pairs(1000));
    BOOST_REQUIRE(at_limit.ok());
    BOOST_TEST(at_limit.value().fields().size() == 1000U);
    check(pairs(1001), {"! Form parse error - More than 1000 pairs. (offset 5001)"});
    check(std::string(65536, '&'), {});
    BOOST_TEST(http::decode_urlencoded("a&b", {.max_pairs = 2}).ok());
    BOOST_TEST(!http::decode_urlencoded("a&b&c", {.max_pairs = 2}).ok());
}

BOOST_AUTO_TEST_CASE(damaged_bodies_have_a_defined_result) {
    const std::string body = "url=https%3A%2F%2Fexample.com&n%C3%A9=J\xC3\xBCrgen+x&&=%zz";
    BOOST_TEST(http::decode_urlencoded(body).ok());
    BOOST_TEST(
        test::survives_damage(body, [](std::string_view text) { return http::decode_urlencoded(text); }));
}

BOOST_AUTO_TEST_SUITE_END()
