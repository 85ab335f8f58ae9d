#define BOOST_TEST_MODULE object_json
#include "common/model/object_json.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_CASE(objects_are_json) {
    BOOST_TEST(model::user_json(1, "ana@example.com", "Ana") ==
               "{\"id\":\"11111111112\",\"email\":\"ana@example.com\",\"name\":\"Ana\"}");
    BOOST_TEST(model::target_json(57, "Shop", "https://shop.example.com/") ==
               "{\"id\":\"1111111111z\",\"name\":\"Shop\",\"url\":\"https://shop.example.com/\"}");
    BOOST_TEST(model::test_object_json(1) == "{\"id\":\"11111111112\",\"name\":\"Test\"}");
}

BOOST_AUTO_TEST_CASE(text_is_escaped_where_json_asks_for_it) {
    using namespace std::string_view_literals;
    BOOST_TEST(model::user_json(1, "a\"b\\c", "M\xC3\xBC\xF0\x9F\x98\x80\0\n\x1F"sv) ==
               "{\"id\":\"11111111112\",\"email\":\"a\\\"b\\\\c\","
               "\"name\":\"M\xC3\xBC\xF0\x9F\x98\x80\\u0000\\n\\u001F\"}");
}
