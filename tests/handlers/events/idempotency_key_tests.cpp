#define BOOST_TEST_MODULE idempotency_key
#include "handlers/events/idempotency_key.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
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

BOOST_AUTO_TEST_CASE(a_quoted_key_and_its_content_are_the_same) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"k", "k"},
        {std::string(255, 'x'), std::string(255, 'x')},
        {repeated(kEmoji, 255), repeated(kEmoji, 255)},
        {R"("k")", "k"},
        {'"' + std::string(255, 'x') + '"', std::string(255, 'x')},
        {'"' + repeated("\\\"", 255) + '"', std::string(255, '"')},
        {R"("a b")", "a b"},
        {R"(" ")", " "},
        {R"("a\"b\\c\\")", R"(a"b\c\)"},
        {R"(a"b\c\)", R"(a"b\c\)"},
        {"'k'", "'k'"},
        {"k\"", "k\""},
    };
    for (const auto& [sent, content] : rows) {
        BOOST_TEST_CONTEXT(sent) {
            const auto key = handlers::read_idempotency_key(with_keys({sent}));
            BOOST_REQUIRE(key.ok());
            BOOST_CHECK(key.value() == base::sha256(content));
        }
    }
}

BOOST_AUTO_TEST_CASE(malformed_quoted_keys_are_refused) {
    for (const char* sent :
         {R"(")", R"("k)", R"("k\")", R"("k"x)", R"("k" "l")", R"("k";a=1)", R"("""")", R"("a\bc")"}) {
        const auto key = handlers::read_idempotency_key(with_keys({sent}));
        BOOST_REQUIRE(!key.ok());
        BOOST_TEST(key.error() == "The Idempotency-Key header is not a quoted string.", sent);
    }
}

BOOST_AUTO_TEST_CASE(malformed_keys_are_refused) {
    for (const std::string& text : {std::string(), std::string("\"\""), std::string(256, 'x'),
                                    repeated(kEmoji, 256), '"' + std::string(256, 'x') + '"'}) {
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
    const db::PublishedEvent event{"scan_failed", "{}", std::nullopt, {}};
    BOOST_CHECK(handlers::digest_of(event) == handlers::digest_of({"scan_failed", "{}", std::nullopt, {}}));
    const std::vector<db::PublishedEvent> others{{"scan_started", "{}", std::nullopt, {}},
                                                 {"scan_failed", R"({"a":1})", std::nullopt, {}},
                                                 {"scan_failed", "{}", "2026-01-31T16:32:17.000000Z", {}},
                                                 {"scan_failed{}", "{}", std::nullopt, {}}};
    for (const auto& other : others) BOOST_CHECK(handlers::digest_of(event) != handlers::digest_of(other));
}

BOOST_AUTO_TEST_CASE(requests_are_the_same_whatever_the_order_of_members) {
    const auto digest = [](const char* content) {
        return handlers::digest_of({"scan_failed", content, std::nullopt, {}});
    };
    BOOST_CHECK(digest(R"({"a":1,"b":[{"c":2,"d":3}]})") == digest(R"({"b":[{"d":3,"c":2}],"a":1})"));
    BOOST_CHECK(digest(R"({"a":[1,2]})") != digest(R"({"a":[2,1]})"));
    BOOST_CHECK(digest(R"({"a":1})") != digest(R"({"a":"1"})"));
}
