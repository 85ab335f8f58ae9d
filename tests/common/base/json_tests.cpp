#define BOOST_TEST_MODULE json
#include "common/base/json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

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

BOOST_AUTO_TEST_CASE(an_array_has_the_items_that_were_sent) {
    const auto items = [](std::string_view array) {
        const auto object = base::parse_object("{\"a\":" + std::string(array) + "}");
        std::vector<std::string> texts;
        for (const base::JsonValue& item : base::items_of(object.value().front().value)) {
            texts.push_back(std::to_string(static_cast<int>(item.kind)) + item.text);
        }
        return texts;
    };
    BOOST_TEST(items("[ ]").empty());
    BOOST_TEST(items(R"(["a", "a", "\u0000\"", 1.50, true, null, [1, [ ]], {"b": 2, "b": 3}])") ==
                   (std::vector<std::string>{"0a", "0a", std::string("0\0\"", 3), "11.50", "2true", "3",
                                             "4[1,[]]", "5{\"b\":3}"}),
               boost::test_tools::per_element());
    BOOST_TEST(items("[1e999, \"1e999\"]") == (std::vector<std::string>{"11e999", "01e999"}),
               boost::test_tools::per_element());
    BOOST_TEST(items(std::string(99, '[') + std::string(99, ']')) ==
                   (std::vector<std::string>{"4" + std::string(98, '[') + std::string(98, ']')}),
               boost::test_tools::per_element());
}
