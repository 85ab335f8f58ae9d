#define BOOST_TEST_MODULE credentials
#include "handlers/credentials.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "common/base/sha256.hpp"

using handlers::read_credentials;

namespace {

http::Request request_with(std::string authorization) {
    http::Request request;
    request.headers = {{"HOST", "example.com"}, {"AUTHORIZATION", std::move(authorization)}};
    return request;
}

bool reads_key(const std::string& authorization, const std::string& key) {
    const auto digest = read_credentials(request_with(authorization));
    return digest && *digest == base::sha256(key);
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_schemes_are_read_in_any_case) {
    for (const char* scheme : {"JWT", "jwt", "Jwt", "jWT", "Bearer", "bearer", "BEARER", "bEaReR"}) {
        BOOST_TEST(reads_key(std::string(scheme) + " abc", "abc"), scheme);
    }
}

BOOST_AUTO_TEST_CASE(any_number_of_spaces_stands_before_the_key) {
    BOOST_TEST(reads_key("JWT  abc", "abc"));
    BOOST_TEST(reads_key("JWT" + std::string(100, ' ') + "abc", "abc"));
}

BOOST_AUTO_TEST_CASE(a_key_is_any_visible_ascii) {
    std::string all;
    for (char c = '!'; c <= '~'; ++c) all += c;
    BOOST_TEST(reads_key("JWT " + all, all));
    BOOST_TEST(reads_key("JWT k", "k"));
    BOOST_TEST(!reads_key("JWT k", "K"));
}

BOOST_AUTO_TEST_CASE(a_key_has_a_limit) {
    const std::string longest(handlers::kMaxKeyCharacters, 'k');
    BOOST_TEST(reads_key("JWT " + longest, longest));
    BOOST_TEST(!read_credentials(request_with("JWT " + longest + "k")));
}

BOOST_AUTO_TEST_CASE(malformed_headers_are_refused) {
    const std::string headers[] = {
        "",
        " ",
        "JWT",
        "JWT ",
        "JWT    ",
        "Bearer",
        "abc",
        " JWT abc",
        "JWT abc ",
        "JWT abc def",
        "JWT abc\tdef",
        "JWT\tabc",
        "JWT \tabc",
        "JWT abc\t",
        "JWTabc",
        "JWT:abc",
        "JWT=abc abc",
        "Basic YTpi",
        "Token abc",
        "JWT2 abc",
        "JW abc",
        "Bearer, abc",
        "JWT ab\x7f",
        "JWT ab\xc3\xa9",
        "JWT ab\xa0",
        "JWT abc\r\n",
        std::string("JWT ab\0c", 8),
        std::string("JWT\0abc", 7),
        std::string("JWT abc\0", 8),
    };
    for (const std::string& header : headers) BOOST_TEST(!read_credentials(request_with(header)), header);
}

BOOST_AUTO_TEST_CASE(no_header_is_refused) {
    http::Request request;
    request.headers = {{"PROXY_AUTHORIZATION", "JWT abc"}, {"COOKIE", "JWT abc"}};
    BOOST_TEST(!read_credentials(request));
}

BOOST_AUTO_TEST_CASE(two_headers_are_refused) {
    http::Request request = request_with("JWT abc");
    request.headers.push_back({"AUTHORIZATION", "JWT abc"});
    BOOST_TEST(!read_credentials(request));
}
