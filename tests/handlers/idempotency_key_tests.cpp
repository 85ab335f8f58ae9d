#define BOOST_TEST_MODULE idempotency_key
#include "handlers/idempotency_key.hpp"

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

BOOST_AUTO_TEST_CASE(requests_are_the_same_if_operation_scope_and_values_are) {
    using Values = std::vector<std::string>;
    const auto digest = [](const char* operation, const db::Scope& scope, const Values& values) {
        return handlers::request_digest(operation, scope, values);
    };
    const auto one = digest("publish", {7}, {"a", "b"});
    BOOST_CHECK(one == digest("publish", {7}, {"a", "b"}));
    for (const auto& other : {digest("register", {7}, {"a", "b"}), digest("publish", {8}, {"a", "b"}),
                              digest("publish", {}, {"a", "b"}), digest("publish", {7}, {"b", "a"}),
                              digest("publish", {7}, {"a"}), digest("publish", {7}, {"a", "b", ""}),
                              digest("publish", {7}, {"ab", ""}), digest("publish", {7}, {"a1:b"}),
                              digest("publish1:", {7}, {"a", "b"})}) {
        BOOST_CHECK(one != other);
    }
}
