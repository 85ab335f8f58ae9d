#define BOOST_TEST_MODULE json
#include "common/base/json.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>

// Formats objects. tests/fcgi/http/json_body_tests.cpp tests the parser, through the decoder of bodies.

BOOST_AUTO_TEST_CASE(objects_have_one_canonical_form) {
    const auto formatted = [](std::string_view text, base::MemberOrder order) {
        return base::format_object(base::parse_object(text, {}, order).value(), order);
    };
    constexpr std::string_view kText = R"( {"b": 1, "c": [{"y":"\u00e9", "x":2}], "a": null, "b": "\/"} )";
    BOOST_TEST(formatted(kText, base::MemberOrder::kAsGiven) ==
               "{\"c\":[{\"y\":\"\xC3\xA9\",\"x\":2}],\"a\":null,\"b\":\"/\"}");
    BOOST_TEST(formatted(kText, base::MemberOrder::kByName) ==
               "{\"a\":null,\"b\":\"/\",\"c\":[{\"x\":2,\"y\":\"\xC3\xA9\"}]}");
    BOOST_TEST(formatted("{}", base::MemberOrder::kByName) == "{}");
}
