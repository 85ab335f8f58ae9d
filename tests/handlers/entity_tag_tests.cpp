#define BOOST_TEST_MODULE entity_tag
#include "handlers/entity_tag.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using handlers::Comparison;
using handlers::matches_entity_tag;

namespace {

constexpr const char* kTag = "\"abc\"";
constexpr const char* kJson = R"({"a":1})";

bool may_change(std::vector<http::Header> headers) {
    http::Request request;
    request.headers = std::move(headers);
    return handlers::may_change(request, handlers::entity_tag_of(kJson));
}

}  // namespace

BOOST_AUTO_TEST_CASE(lists_that_hold_the_tag) {
    for (const char* value :
         {R"("abc")", R"(W/"abc")", R"( "abc" )", "\t\"abc\"\t", R"("x", "abc")", R"("x","abc")",
          R"("abc", "x")", R"(,, "abc",)", R"(W/"x" , W/"abc")", R"("", "abc")", "*", " * ",
          R"("a,b", "abc")", R"("x""abc")", R"("abc" nonsense)"}) {
        BOOST_TEST(matches_entity_tag(value, kTag, Comparison::kWeak), value);
    }
}

BOOST_AUTO_TEST_CASE(lists_that_do_not) {
    for (const char* value : {"",
                              " ",
                              ",",
                              "abc",
                              "\"abc",
                              "abc\"",
                              R"("ABC")",
                              R"("abcd")",
                              R"("xabc")",
                              R"(w/"abc")",
                              R"(W/ "abc")",
                              R"(W"abc")",
                              R"(nonsense "abc")",
                              R"("x", nonsense, "abc")",
                              "**",
                              R"(*, "abc")",
                              R"("abc, "x")",
                              R"('abc')",
                              R"(""abc"")",
                              "W/",
                              "W/W/\"abc\""}) {
        BOOST_TEST(!matches_entity_tag(value, kTag, Comparison::kWeak), value);
    }
}

BOOST_AUTO_TEST_CASE(a_weak_tag_is_strongly_the_same_as_none) {
    for (const char* value :
         {R"("abc")", R"("x", "abc")", R"(W/"abc", "abc")", "*", R"(W/"x", "abc" nonsense)"}) {
        BOOST_TEST(matches_entity_tag(value, kTag, Comparison::kStrong), value);
    }
    for (const char* value : {R"(W/"abc")", R"("x", W/"abc")", R"(W/"abc" "x")", "", "abc"}) {
        BOOST_TEST(!matches_entity_tag(value, kTag, Comparison::kStrong), value);
    }
}

BOOST_AUTO_TEST_CASE(both_conditions_must_hold_for_a_change) {
    const std::string tag = handlers::entity_tag_of(kJson);
    const std::string weak = "W/" + tag;
    const std::string other = "\"other\"";
    BOOST_TEST(may_change({}));
    for (const std::string& value : {tag, other + ", " + tag, std::string("*")}) {
        BOOST_TEST(may_change({{"IF_MATCH", value}}));
        BOOST_TEST(!may_change({{"IF_NONE_MATCH", value}}));
        BOOST_TEST(may_change({{"IF_MATCH", value}, {"IF_NONE_MATCH", other}}));
        BOOST_TEST(!may_change({{"IF_MATCH", value}, {"IF_NONE_MATCH", tag}}));
    }
    for (const std::string& value : {other, weak, std::string(), tag.substr(1, tag.size() - 2)}) {
        BOOST_TEST(!may_change({{"IF_MATCH", value}}), value);
    }
    BOOST_TEST(!may_change({{"IF_NONE_MATCH", weak}}));
    BOOST_TEST(may_change({{"IF_NONE_MATCH", other}}));
    BOOST_TEST(may_change({{"IF_MATCH", other}, {"IF_MATCH", tag}}), "two headers are one list");
    BOOST_TEST(!may_change({{"IF_NONE_MATCH", other}, {"IF_NONE_MATCH", tag}}));
    BOOST_TEST(may_change({{"IF_UNMODIFIED_SINCE", "Thu, 01 Jan 1970 00:00:00 GMT"}}));
}

// What the service notes belongs to the tag, but does not make a user's change fail.
BOOST_AUTO_TEST_CASE(a_tag_with_notes) {
    const std::string plain = handlers::entity_tag_of(kJson);
    const std::string noted = handlers::entity_tag_of(kJson, "since then");
    const std::string later = handlers::entity_tag_of(kJson, "since later");
    const std::string other = handlers::entity_tag_of(R"({"a":2})", "since then");
    BOOST_TEST(handlers::entity_tag_of(kJson, "") == plain);
    BOOST_TEST(noted.size() == plain.size() + 17);
    BOOST_TEST(noted.starts_with(plain.substr(0, plain.size() - 1) + "-"));
    BOOST_TEST(noted.ends_with('"'));
    const std::vector<std::string> tags{plain, noted, later};
    for (const std::string& sent : tags) {
        for (const std::string& is : tags) {
            BOOST_TEST(matches_entity_tag("\"x\", " + sent, is, Comparison::kStrong));
            BOOST_TEST(matches_entity_tag(sent, is, Comparison::kWeak) == (sent == is));
            BOOST_TEST(!matches_entity_tag("W/" + sent, is, Comparison::kStrong));
        }
        BOOST_TEST(!matches_entity_tag(sent, other, Comparison::kStrong));
        BOOST_TEST(!matches_entity_tag(other, sent, Comparison::kStrong));
        BOOST_TEST(!matches_entity_tag(sent.substr(0, 20) + '"', plain, Comparison::kStrong));
        BOOST_TEST(!matches_entity_tag("\"-" + sent.substr(1), plain, Comparison::kStrong));
    }
}
