#define BOOST_TEST_MODULE url
#include "common/security/url.hpp"

#include <boost/test/unit_test.hpp>

namespace {

// "scheme host port"
std::string read(const std::string& text) {
    const auto url = security::read_url(text);
    return url ? url->scheme + " " + url->host + " " + std::to_string(url->port) : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_url_is_read_as_libcurl_reads_it) {
    BOOST_TEST(read("https://CI.example.com/a?b#c") == "https CI.example.com 443");
    BOOST_TEST(read("HTTP://user:password@example.com:08080") == "http example.com 8080");
    BOOST_TEST(read("https://[2001:DB8:0::1]:9/") == "https [2001:db8::1] 9");
    BOOST_TEST(read("file:///etc/passwd") == "file  0");
    for (const auto* text : {"", "https://", "https://example.com:65536", "https://a b/", "nonsense://a/"}) {
        BOOST_TEST_CONTEXT(text) BOOST_TEST(read(text) == "nothing");
    }
}

BOOST_AUTO_TEST_CASE(receivers_are_told_apart_by_host_and_port) {
    using security::origin_of;
    BOOST_TEST(origin_of("https://CI.Example.com/a?b") == "ci.example.com:443");
    BOOST_TEST(origin_of("HTTPS://ci.example.com:443") == "ci.example.com:443");
    BOOST_TEST(origin_of("https://user:password@ci.example.com:8443/#f") == "ci.example.com:8443");
    BOOST_TEST(origin_of("https://[2001:DB8::1]:9/") == "[2001:db8::1]:9");
    BOOST_TEST(origin_of("") == "?");
    BOOST_TEST(origin_of("https://") == "?");
}
