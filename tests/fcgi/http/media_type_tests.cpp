#define BOOST_TEST_MODULE media_type
#include "fcgi/http/media_type.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using Texts = std::vector<std::string>;

namespace {

struct Row {
    std::string header;
    std::string essence;
    Texts charsets;
    Texts boundaries;
};

void check(const Row& row) {
    BOOST_TEST_CONTEXT(row.header) {
        const http::MediaType type = http::parse_media_type(row.header);
        BOOST_TEST(type.essence == row.essence);
        BOOST_TEST(type.charsets == row.charsets, boost::test_tools::per_element());
        BOOST_TEST(type.boundaries == row.boundaries, boost::test_tools::per_element());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(media_type_tests)

BOOST_AUTO_TEST_CASE(the_essence_is_what_comes_before_the_parameters) {
    const std::vector<Row> rows = {
        {"", "", {}, {}},
        {"application/json", "application/json", {}, {}},
        {" \tApplication/JSON \t", "Application/JSON", {}, {}},
        {"text/plain; charset=utf-8", "text/plain", {"utf-8"}, {}},
        {"text/plain ;charset=utf-8", "text/plain", {"utf-8"}, {}},
        {"; charset=utf-8", "", {"utf-8"}, {}},
        {"no slash", "no slash", {}, {}},
        {"a/b, c/d", "a/b, c/d", {}, {}},
        {"\xFF\xFE", "\xFF\xFE", {}, {}},
    };
    for (const Row& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(parameters_are_read_quoted_or_to_the_next_semicolon) {
    const std::vector<Row> rows = {
        {"a/b;charset=UTF-8;boundary=xyz", "a/b", {"UTF-8"}, {"xyz"}},
        {"a/b; CHARSET=utf-8; Boundary=XyZ", "a/b", {"utf-8"}, {"XyZ"}},
        {"a/b; charset=\"utf-8\"", "a/b", {"utf-8"}, {}},
        {"a/b; charset=\"utf-8\" ; boundary=\"a;b\" ", "a/b", {"utf-8"}, {"a;b"}},
        {"a/b; boundary=\"a\\\"b\\\\c\\d\"", "a/b", {}, {"a\"b\\cd"}},
        {"a/b; boundary=a b=c", "a/b", {}, {"a b=c"}},
        {"a/b; boundary=a\"b\"", "a/b", {}, {"a\"b\""}},
        {"a/b; boundary=x; boundary=y; boundary=\"z\"", "a/b", {}, {"x", "y", "z"}},
        {"a/b; charset=utf-8; charset=latin1", "a/b", {"utf-8", "latin1"}, {}},
        {"a/b; charset=; boundary=", "a/b", {""}, {""}},
        {"a/b; charset=\"\"; boundary=\"\"", "a/b", {""}, {""}},
        {"a/b; foo=\"; boundary=no\"; boundary=yes", "a/b", {}, {"yes"}},
    };
    for (const Row& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(white_space_belongs_to_a_boundary_but_not_to_a_charset) {
    check({"a/b; charset=utf-8 ; x=y", "a/b", {"utf-8"}, {}});
    check({"a/b; charset=\" utf-8\"", "a/b", {" utf-8"}, {}});
    check({"a/b; boundary=x ; y=z", "a/b", {}, {"x "}});
    check({"a/b; boundary= x", "a/b", {}, {" x"}});
}

BOOST_AUTO_TEST_CASE(other_and_malformed_parameters_are_ignored) {
    const std::vector<Row> rows = {
        {"a/b;;;=;charset", "a/b", {}, {}},
        {"a/b;;;=;charset;boundary=x", "a/b", {}, {"x"}},
        {"a/b; = ; =utf-8; boundary", "a/b", {}, {}},
        {"a/b; q=1; boundary*=x; charset*=UTF-8''x", "a/b", {}, {}},
        {"a/b; my charset=x; boundary =x", "a/b", {}, {}},
        {"a/b; foo=\"bar; boundary=x", "a/b", {}, {"x"}},
        {"a/b; foo=\"bar\"baz; boundary=x", "a/b", {}, {"x"}},
        {"a/b; foo=\"\\", "a/b", {}, {}},
        {"a/b; \xFF=1; boundary=x", "a/b", {}, {"x"}},
        {"a/b;", "a/b", {}, {}},
        {"a/b; ", "a/b", {}, {}},
    };
    for (const Row& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(a_quote_that_does_not_close_makes_an_empty_value) {
    const std::vector<Row> rows = {
        {"a/b; boundary=\"x", "a/b", {}, {""}},
        {"a/b; boundary=\"", "a/b", {}, {""}},
        {"a/b; boundary=\"x\\\"", "a/b", {}, {""}},
        {"a/b; boundary=\"x\"y; charset=utf-8", "a/b", {"utf-8"}, {""}},
        {"a/b; boundary=\"x; charset=utf-8", "a/b", {"utf-8"}, {""}},
        {"a/b; charset=\"utf-8\"x", "a/b", {""}, {}},
    };
    for (const Row& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(three_charsets_are_utf8_and_others_are_on_ascii) {
    for (const char* const name : {"utf-8", "UTF-8", "Utf-8", "utf8", "UTF8", "us-ascii", "US-ASCII"}) {
        BOOST_TEST(http::is_read_as_utf8({name}, true), name);
        BOOST_TEST(http::is_read_as_utf8({name}, false), name);
    }
    for (const char* const name :
         {"iso-8859-1", "ISO-8859-1", "Iso-8859-2", "iso-8859-9", "iso-8859-10", "iso-8859-15", "iso-8859-16",
          "latin1", "Latin1", "windows-1250", "WINDOWS-1252", "windows-1258"}) {
        BOOST_TEST(http::is_read_as_utf8({name}, true), name);
        BOOST_TEST(!http::is_read_as_utf8({name}, false), name);
    }
    for (const char* const name : {"",
                                   "utf-16",
                                   "utf_8",
                                   "ascii",
                                   "utf-8 ",
                                   " utf-8",
                                   "utf-81",
                                   "utf-7",
                                   "iso-8859",
                                   "iso-8859-",
                                   "iso-8859-0",
                                   "iso-8859-17",
                                   "iso-8859-01",
                                   "iso-8859-1 ",
                                   "iso8859-1",
                                   "iso_8859-1",
                                   "latin-1",
                                   "latin2",
                                   "windows-1249",
                                   "windows-1259",
                                   "windows-125",
                                   "cp1252",
                                   "ebcdic-cp-us",
                                   "*"}) {
        BOOST_TEST(!http::is_read_as_utf8({name}, true), name);
    }
    BOOST_TEST(http::is_read_as_utf8({}, false));
    BOOST_TEST(http::is_read_as_utf8({"utf-8", "latin1"}, true));
    BOOST_TEST(!http::is_read_as_utf8({"utf-8", "latin1"}, false));
    BOOST_TEST(!http::is_read_as_utf8({"utf-8", "utf-16"}, true));
}

BOOST_AUTO_TEST_SUITE_END()
