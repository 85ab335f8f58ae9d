#define BOOST_TEST_MODULE form
#include "fcgi/http/form.hpp"

#include <boost/test/unit_test.hpp>

using http::Form;
using http::Value;

BOOST_AUTO_TEST_SUITE(form_tests)

BOOST_AUTO_TEST_CASE(an_empty_form_has_no_field) {
    BOOST_TEST(Form().fields().empty());
    BOOST_TEST(Form().find("url") == nullptr);
    BOOST_TEST(Form().find("") == nullptr);
}

BOOST_AUTO_TEST_CASE(fields_keep_their_order_and_kind) {
    Form form;
    form.add("b", {Value::Kind::kString, "1"});
    form.add("a", {Value::Kind::kNumber, "2"});
    BOOST_TEST(form.fields().size() == 2U);
    BOOST_TEST(form.fields()[0].name == "b");
    BOOST_TEST(form.fields()[1].name == "a");
    BOOST_TEST((form.fields()[0].value.kind == Value::Kind::kString));
    BOOST_TEST((form.fields()[1].value.kind == Value::Kind::kNumber));
}

BOOST_AUTO_TEST_CASE(the_last_field_of_a_name_counts) {
    Form form;
    form.add("url", {Value::Kind::kFormText, "first"});
    form.add("name", {Value::Kind::kFormText, "other"});
    form.add("url", {Value::Kind::kFile, ""});
    const Value* const url = form.find("url");
    BOOST_REQUIRE(url != nullptr);
    BOOST_TEST((url->kind == Value::Kind::kFile));
    BOOST_REQUIRE(form.find("name") != nullptr);
    BOOST_TEST(form.find("name")->text == "other");
}

BOOST_AUTO_TEST_CASE(all_fields_of_a_name_are_found_in_order) {
    Form form;
    form.add("type", {Value::Kind::kFormText, "first"});
    form.add("name", {Value::Kind::kFormText, "other"});
    form.add("type", {Value::Kind::kFormText, ""});
    form.add("type", {Value::Kind::kFormText, "first"});
    const auto types = form.find_all("type");
    BOOST_REQUIRE(types.size() == 3U);
    BOOST_TEST(types[0]->text == "first");
    BOOST_TEST(types[1]->text.empty());
    BOOST_TEST(types[2]->text == "first");
    BOOST_TEST(form.find_all("types").empty());
}

BOOST_AUTO_TEST_CASE(names_are_compared_byte_by_byte) {
    Form form;
    form.add("url", {Value::Kind::kFormText, "x"});
    form.add(std::string("na\0me", 5), {Value::Kind::kFormText, "y"});
    BOOST_TEST(form.find("URL") == nullptr);
    BOOST_TEST(form.find("ur") == nullptr);
    BOOST_TEST(form.find("url ") == nullptr);
    BOOST_TEST(form.find("na") == nullptr);
    BOOST_TEST(form.find(std::string_view("na\0me", 5)) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
