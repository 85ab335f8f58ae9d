#define BOOST_TEST_MODULE json_body
#include "fcgi/http/json_body.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/forms.hpp"

using namespace std::string_literals;
using Lines = std::vector<std::string>;

namespace {

void check(const std::string& body, const Lines& expected) {
    BOOST_TEST_CONTEXT(body) {
        const Lines lines = test::format_out(http::decode_json(body));
        BOOST_TEST(lines == expected, boost::test_tools::per_element());
    }
}

void check_fault(const std::string& body, const std::string& what, std::size_t offset) {
    check(body, {"! JSON parse error - " + what + " (offset " + std::to_string(offset) + ")"});
}

// A member "a" whose value makes the body depth levels deep.
std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
    std::string body = "{\"a\":";
    for (std::size_t i = 1; i < depth; ++i) body += open;
    body += "1";
    for (std::size_t i = 1; i < depth; ++i) body += close;
    return body + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_body_tests)

BOOST_AUTO_TEST_CASE(members_become_fields_of_their_type) {
    check("{}", {});
    check(" \t\r\n{ \n} ", {});
    check(R"({"url":"https://example.com/","check_cert":true})",
          {"url=string:https://example.com/", "check_cert=boolean:true"});
    check(R"({"a" : null , "b":false, "c":"" , "":1})",
          {"a=null:", "b=boolean:false", "c=string:", "=number:1"});
    check(R"({"a":1,"a":2,"b":3,"a":"x"})", {"a=number:1", "a=number:2", "b=number:3", "a=string:x"});
}

BOOST_AUTO_TEST_CASE(strings_are_unescaped) {
    check(R"({"a":"\"\\\/\b\f\n\r\t"})", {"a=string:\"\\/\b\f\n\r\t"});
    check(R"({"\u0061\u00e9":"\u20AC\uD83D\uDE00"})", {"a\xC3\xA9=string:\xE2\x82\xAC\xF0\x9F\x98\x80"});
    check(R"({"a\u0000b":"\u0000"})", {"a\0b=string:\0"s});
    check("{\"a\":\"\xC3\xA9\x7F\xF4\x8F\xBF\xBF\"}", {"a=string:\xC3\xA9\x7F\xF4\x8F\xBF\xBF"});
    check(R"({"a":"\uFEFF\uFFFF"})", {"a=string:\xEF\xBB\xBF\xEF\xBF\xBF"});
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_text) {
    const std::vector<std::string> numbers = {
        "0",
        "-0",
        "1",
        "-12",
        "1.0",
        "1.50",
        "1e5",
        "1E+5",
        "1e-5",
        "-0.0e-0",
        "2147483648",
        "9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890.123456789012345678901234567890",
        "1e-400",
    };
    for (const std::string& number : numbers) {
        check("{\"a\":" + number + "}", {"a=number:" + number});
        check("{\"a\": " + number + " , \"b\":\"x\"}", {"a=number:" + number, "b=string:x"});
    }
}

BOOST_AUTO_TEST_CASE(numbers_of_any_size_are_fine) {
    const std::string digits(2000, '9');
    const std::vector<std::string> numbers = {
        "1e309",      "-1e309",        "1e999999999999999999999", digits,
        "-" + digits, digits + ".5e9", "0." + digits + "e400",    "1e-99999999999999999999999",
    };
    for (const std::string& number : numbers) {
        check("{\"a\":" + number + "}", {"a=number:" + number});
        // The other values stay unchanged, digits in strings and in nested values included.
        check("{\"x\":\"1e999 \\\" 5\", \"a\":" + number + ",\"b\": [1, 22 ,{\"c\":3e2}],\"d\":0.25}",
              {"x=string:1e999 \" 5", "a=number:" + number, "b=array:[1,22,{\"c\":3e2}]", "d=number:0.25"});
    }
}

BOOST_AUTO_TEST_CASE(malformed_numbers_are_refused_even_beside_huge_ones) {
    for (const std::string number :
         {"01",  "-",    "--1",  "+1",    ".5",  "1.",       "1.e5",      "1e",    "1e+",     "1e+-5",
          "1-1", "1.-5", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1e5.5", "1e999.5", "1 2"}) {
        BOOST_TEST_CONTEXT(number) {
            BOOST_TEST(!http::decode_json("{\"a\":" + number + "}").ok());
            BOOST_TEST(!http::decode_json("{\"a\":" + number + ",\"b\":1e999}").ok());
            BOOST_TEST(!http::decode_json("{\"b\":1e999,\"a\":" + number + "}").ok());
        }
    }
    check_fault("{\"b\":1e999,\"a\":1e999.5}", "Invalid value.", 15);
}

BOOST_AUTO_TEST_CASE(nested_values_have_canonical_form) {
    check(R"({"a": [1, "]" ,{"b":[]}] ,"c":{ "d" : "}\"" }})",
          {R"(a=array:[1,"]",{"b":[]}])", R"(c=object:{"d":"}\""})"});
    check(R"({"a": {"x":1, "y" : [1e999, {"x": 1.0 ,"z":null}], "x": true}})",
          {R"(a=object:{"y":[1e999,{"x":1.0,"z":null}],"x":true})"});
    check(R"({"a":[],"b":{},"c":[[[]]]})", {"a=array:[]", "b=object:{}", "c=array:[[[]]]"});
    check(R"({"a":{"url":"inner"},"url":"outer"})", {R"(a=object:{"url":"inner"})", "url=string:outer"});
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_object_is_named) {
    const std::vector<std::pair<const char*, const char*>> rows = {
        {"[]", "list"},
        {"[{}]", "list"},
        {"\"x\"", "str"},
        {"\"\"", "str"},
        {" 1 ", "int"},
        {"-5", "int"},
        {"1.0", "float"},
        {"1e2", "float"},
        {"1E999", "float"},
        {"-0", "int"},
        {"true", "bool"},
        {"false", "bool"},
        {"null", "NoneType"},
        {"[1,\"a\",null]", "list"},
        {"99999999999999999999999999", "int"},
    };
    for (const auto& [body, type] : rows) {
        check(body, {"! Invalid data. Expected a dictionary, but got "s + type + "."});
    }
    check("9" + std::string(400, '0'), {"! Invalid data. Expected a dictionary, but got int."});
}

BOOST_AUTO_TEST_CASE(malformed_texts_are_refused_with_an_offset) {
    check_fault(R"({"url":"https://x" "name":1})", "Missing a comma or } after an object member.", 19);
    check_fault("", "The document is empty.", 0);
    check_fault(" \n ", "The document is empty.", 3);
    check_fault("}", "Invalid value.", 0);
    check_fault(",", "Invalid value.", 0);
    check_fault("x", "Invalid value.", 0);
    check_fault("{", "Missing a name for object member.", 1);
    check_fault("{\"a\"", "Missing a colon after a name of object member.", 4);
    check_fault("{\"a\":", "Invalid value.", 5);
    check_fault("{\"a\":1", "Missing a comma or } after an object member.", 6);
    check_fault("{\"a\":1,}", "Missing a name for object member.", 7);
    check_fault("{a:1}", "Missing a name for object member.", 1);
    check_fault("{'a':1}", "Missing a name for object member.", 1);
    check_fault("{\"a\":[1,]}", "Invalid value.", 8);
    check_fault("{\"a\":[1 2]}", "Missing a comma or ] after an array element.", 8);
    check_fault("{} {}", "The document root must not be followed by other values.", 3);
    check_fault("{}x", "The document root must not be followed by other values.", 2);
    check_fault("{\"a\":tru}", "Invalid value.", 8);
    check_fault("{\"a\":True}", "Invalid value.", 5);
    check_fault("{\"a\":1}/* */", "The document root must not be followed by other values.", 7);
    check_fault("{/**/}", "Missing a name for object member.", 1);
    check_fault("[1", "Missing a comma or ] after an array element.", 2);
    check_fault("{\"a\":1]", "Missing a comma or } after an object member.", 6);
}

BOOST_AUTO_TEST_CASE(a_nul_does_not_end_the_text) {
    check_fault("\0"s, "Invalid value.", 0);
    check_fault("{}\0"s, "The document root must not be followed by other values.", 2);
    check_fault("{}\0{"s, "The document root must not be followed by other values.", 2);
    check_fault("{\"a\":1\0}"s, "Missing a comma or } after an object member.", 6);
    check_fault("{\"a\":\"\0\"}"s, "Missing a closing quotation mark in string.", 6);
}

BOOST_AUTO_TEST_CASE(malformed_strings_are_refused) {
    check_fault("{\"a", "Missing a closing quotation mark in string.", 3);
    check_fault("{\"a\":\"\\", "Invalid escape character in string.", 6);
    check_fault(R"({"a":"\x"})", "Invalid escape character in string.", 6);
    check_fault(R"({"a":"\u12g4"})", "Incorrect hex digit after \\u escape in string.", 6);
    check_fault(R"({"a":"\u12)", "Incorrect hex digit after \\u escape in string.", 6);
    check_fault("{\"a\":\"x\n\"}", "Invalid escape character in string.", 7);
    check_fault("{\"a\":\"\x1F\"}", "Invalid escape character in string.", 6);
}

BOOST_AUTO_TEST_CASE(lone_surrogates_are_refused_raw_and_escaped) {
    const std::string what = "The surrogate pair in string is invalid.";
    check_fault(R"({"a":"\uD800"})", what, 6);
    check_fault(R"({"a":"\uD800x"})", what, 6);
    check_fault(R"({"a":"\uD800\n"})", what, 6);
    check_fault(R"({"a":"\uD800\uD800"})", what, 6);
    check_fault(R"({"a":"\uDBFF\u0041"})", what, 6);
    check_fault(R"({"a":"\uDC00"})", what, 6);
    check_fault(R"({"a":"x\\uDC00\uD83D\uDE00\t\uDFFF"})", what, 28);
    check_fault(R"({"\uDC00":1})", what, 2);
    check_fault(R"({"a":"\\", "b":{"c":["x","\uDFFF"]}})", what, 26);
    check_fault(R"("\udc00")", what, 1);
    check_fault("{\"a\":\"\xED\xA0\x80\"}", "Invalid UTF-8.", 6);
    check_fault("{\"a\":\"\xED\xA0\xBD\xED\xB8\x80\"}", "Invalid UTF-8.", 6);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_refused_anywhere) {
    check_fault("{\"a\":\"\xFF\"}", "Invalid UTF-8.", 6);
    check_fault("{\"\xC3\":1}", "Invalid UTF-8.", 2);
    check_fault("{\"a\":1}\x80", "Invalid UTF-8.", 7);
    check_fault("\xFF", "Invalid UTF-8.", 0);
    check_fault("{\"a\":{\"b\":\"\xC0\x80\"}}", "Invalid UTF-8.", 11);
    check_fault("{\0\"a\0\":\0001\0}\0"s, "Missing a name for object member.", 1);  // UTF-16
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_refused) {
    check_fault("\xEF\xBB\xBF{}", "Unexpected byte order mark.", 0);
    check_fault("\xEF\xBB\xBF", "Unexpected byte order mark.", 0);
    check_fault(" \xEF\xBB\xBF{}", "Invalid value.", 1);
    check_fault("\xFF\xFE{\0}\0"s, "Invalid UTF-8.", 0);
}

BOOST_AUTO_TEST_CASE(a_hundred_levels_are_the_limit) {
    for (const auto& [open, close] : {std::pair{"["s, "]"s}, std::pair{"{\"k\":"s, "}"s}}) {
        BOOST_TEST(http::decode_json(nested(100, open, close)).ok());
        check_fault(nested(101, open, close), "Nested deeper than 100 levels.", 5 + 99 * open.size());
    }
    check_fault(std::string(65536, '['), "Nested deeper than 100 levels.", 100);
    check(std::string(100, '[') + std::string(100, ']'),
          {"! Invalid data. Expected a dictionary, but got list."});
    check_fault(std::string(101, '[') + std::string(101, ']'), "Nested deeper than 100 levels.", 100);
    // Many values side by side are not deep.
    std::string wide = "{\"a\":[[]";
    for (int i = 0; i < 1000; ++i) wide += ",[]";
    BOOST_TEST(http::decode_json(wide + "]}").ok());
    BOOST_TEST(http::decode_json("{\"a\":[]}", {.max_depth = 2}).ok());
    BOOST_TEST(!http::decode_json("{\"a\":[[]]}", {.max_depth = 2}).ok());
}

BOOST_AUTO_TEST_CASE(damaged_bodies_have_a_defined_result) {
    const auto decode = [](std::string_view text) { return http::decode_json(text); };
    const std::string body =
        "{\"url\":\"https:\\/\\/"
        "x\\u00e9\\uD83D\\uDE00\xC3\xA9\",\"a\":[1e999,-0.5,{\"b\":null}],\"check_cert\":true}";
    BOOST_TEST(http::decode_json(body).ok());
    BOOST_TEST(test::survives_damage(body, decode));
    for (std::size_t length = 0; length < body.size(); ++length) {
        BOOST_TEST(!http::decode_json(body.substr(0, length)).ok());
    }
}

BOOST_AUTO_TEST_SUITE_END()
