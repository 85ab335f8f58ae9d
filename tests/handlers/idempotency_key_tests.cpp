#define BOOST_TEST_MODULE idempotency_key_tests
#include "handlers/idempotency_key.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace {

http::Request with_keys(const std::vector<std::string>& keys) {
    http::Request request;
    for (const std::string& key : keys) request.headers.push_back({"IDEMPOTENCY_KEY", key});
    return request;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

const std::string kEmoji = "\xF0\x9F\x98\x80";
constexpr const char* kLength = "The Idempotency-Key header must have 1 to 255 characters.";

}  // namespace

BOOST_AUTO_TEST_CASE(without_the_header_there_is_no_key) {
    const auto key = handlers::read_idempotency_key(with_keys({}));
    BOOST_REQUIRE(key.ok());
    BOOST_TEST(!key.value().has_value());
}

BOOST_AUTO_TEST_CASE(keys_are_taken_as_they_are_but_for_white_space_around_them) {
    for (const std::string& text :
         {std::string("k"), std::string(255, 'x'), repeated(kEmoji, 255), std::string("\"a b\"")}) {
        for (const std::string& sent : {text, "  " + text + "\t"}) {
            const auto key = handlers::read_idempotency_key(with_keys({sent}));
            BOOST_REQUIRE(key.ok());
            BOOST_CHECK(key.value() == db::sha256(text));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_key_is_told) {
    for (const std::string& text :
         {std::string(), std::string(" \t"), std::string(256, 'x'), repeated(kEmoji, 256)}) {
        const auto key = handlers::read_idempotency_key(with_keys({text}));
        BOOST_REQUIRE(!key.ok());
        BOOST_TEST(key.error() == kLength);
    }
    BOOST_TEST(handlers::read_idempotency_key(with_keys({"a\xFF"})).error() ==
               "The Idempotency-Key header is not UTF-8.");
    BOOST_TEST(handlers::read_idempotency_key(with_keys({"k", "k"})).error() ==
               "Repeated Idempotency-Key header.");
}

BOOST_AUTO_TEST_CASE(requests_are_the_same_if_all_of_their_fields_are) {
    const handlers::PublishedEvent event{"scan_failed", "{}", std::nullopt};
    BOOST_CHECK(handlers::digest_of(event) == handlers::digest_of({"scan_failed", "{}", std::nullopt}));
    const std::vector<handlers::PublishedEvent> others{{"scan_started", "{}", std::nullopt},
                                                       {"scan_failed", "{ }", std::nullopt},
                                                       {"scan_failed", "{}", "2026-01-31T16:32:17.000000Z"},
                                                       {"scan_failed{", "}", std::nullopt},
                                                       {"scan_failed", "", "{}"}};
    for (const auto& other : others) BOOST_CHECK(handlers::digest_of(event) != handlers::digest_of(other));
}
