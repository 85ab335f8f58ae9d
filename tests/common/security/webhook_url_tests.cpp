// Tests a webhook's URL without the host. webhook_url_host_tests.cpp tests the host.
#define BOOST_TEST_MODULE webhook_url
#include "common/security/webhook_url.hpp"

#include <boost/test/unit_test.hpp>
#include <span>
#include <string>

using security::UrlValidity;
using security::validate_webhook_url;

using namespace std::string_view_literals;

namespace {

void check(std::span<const std::string> urls, UrlValidity result) {
    for (const std::string& url : urls) BOOST_TEST((validate_webhook_url(url) == result), "<" << url << ">");
}

}  // namespace

BOOST_AUTO_TEST_CASE(urls_of_every_form) {
    const std::string urls[] = {
        "https://example.com",
        "https://example.com/",
        "https://example.com/hook",
        "HTTPS://example.com/",
        "hTtPs://Example.COM/Hook",
        "https://example.com//a//b/",
        "https://example.com/.",
        "https://example.com/../..",
        "https://example.com/a/./b/../c",
        "https://example.com/;p=1;q/a,b",
        "https://example.com/-._~!$&'()*+,;=:@",
        "https://example.com/%41%c3%a9%00%FF%2f",
        "https://example.com/http://example.org/",
        "https://example.com?",
        "https://example.com?a=b&c=d",
        "https://example.com/?a=b?c/d:@!$'()*+,;",
        "https://example.com/a?q=%20+%20",
        "https://example.com?u=https://localhost/",
        "https://example.com#",
        "https://example.com/#top",
        "https://example.com#a/b?c:@!$&'()*+,;=-._~",
        "https://example.com/?q#f",
        "https://example.com/a?#",
        "https://example.com/#%23",
    };
    check(urls, UrlValidity::kValid);
}

BOOST_AUTO_TEST_CASE(ports) {
    const std::string valid[] = {
        "https://example.com:1/",
        "https://example.com:80",
        "https://example.com:443/",
        "https://example.com:8443",
        "https://example.com:65535/",
        "https://example.com:0443/",
        "https://example.com.:443",
        "https://example.com:000001/",
        "https://example.com:0000000000000000000065535/",
        "https://example.com:8443?q",
        "https://example.com:8443#f",
    };
    check(valid, UrlValidity::kValid);
    const std::string invalid[] = {
        "https://example.com:",
        "https://example.com:/",
        "https://example.com:?q",
        "https://example.com:#f",
        "https://example.com:0",
        "https://example.com:00000/",
        "https://example.com:65536/",
        "https://example.com:65537",
        "https://example.com:99999/",
        "https://example.com:4294967739",
        "https://example.com:18446744073709552059/",
        "https://example.com:-1/",
        "https://example.com:+443/",
        "https://example.com:443a/",
        "https://example.com:0x1bb/",
        "https://example.com:4 43/",
        "https://example.com:443:443/",
        "https://example.com::443/",
        "https://example.com:%34%34/",
        "https://example.com:443\\/",
        "https://[2606:4700::1111]:/",
        "https://[2606:4700::1111]:0",
        "https://[2606:4700::1111]443/",
    };
    check(invalid, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(user_information) {
    const std::string valid[] = {
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://user:@example.com/",
        "https://:password@example.com/",
        "https://@example.com/",
        "https://a:b:c@example.com:8443/",
        "https://us%40er:p%3Ass@example.com/",
        "https://-._~!$&'()*+,;=:@example.com/",
        "https://localhost@example.com/",
        "https://127.0.0.1:80@example.com/",
        "https://user@[2606:4700:4700::1111]/",
        "https://user@1.1.1.1:8443/",
    };
    check(valid, UrlValidity::kValid);
    const std::string invalid[] = {
        "https://user@/",
        "https://user@",
        "https://user@:443/",
        "https://a@b@example.com/",
        "https://example.com@127.0.0.1@example.org/",
        "https://a@b@c",
        "https://us er@example.com/",
        "https://us%4@example.com/",
        "https://[user]@example.com/",
        "https://user\\@example.com/",
        "https://example.com\\@evil.example/",
        "https://us<er@example.com/",
    };
    check(invalid, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(a_user_name_does_not_hide_the_host) {
    const std::string urls[] = {
        "https://example.com@localhost/",
        "https://example.com:443@127.0.0.1/",
        "https://user:password@[::1]:8443/",
        "https://%65xample.com@10.0.0.1/",
        "https://@localhost",
    };
    check(urls, UrlValidity::kForbiddenAddress);
}

BOOST_AUTO_TEST_CASE(other_schemes_and_relative_references_are_no_urls) {
    const std::string urls[] = {"",
                                "https",
                                "https:",
                                "https:/",
                                "https://",
                                "https:///",
                                "https:///path",
                                "https:////example.com/",
                                "https:example.com",
                                "https:/example.com/",
                                "https:\\\\example.com/",
                                "https//example.com",
                                "https ://example.com/",
                                "https:// example.com/",
                                "http://example.com/",
                                "httpss://example.com/",
                                "https+x://example.com/",
                                "xhttps://example.com/",
                                "wss://example.com/",
                                "ftp://example.com/",
                                "file:///etc/passwd",
                                "gopher://example.com/",
                                "javascript:alert(1)",
                                "data:text/plain,a",
                                "mailto:a@example.com",
                                "//example.com/",
                                "/hook",
                                "example.com",
                                "example.com:443/",
                                "example.com/https://example.com/",
                                "url:https://example.com/",
                                "\"https://example.com/\"",
                                "<https://example.com/>",
                                "http://localhost/",
                                "ftp://127.0.0.1/",
                                "https://?q",
                                "https://#f",
                                "https://:443/",
                                "https://:443",
                                "https://[]/",
                                "https://./",
                                "https://../",
                                "\xef\xbb\xbfhttps://example.com/"};
    check(urls, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(characters_that_no_url_has) {
    for (int code = 0; code < 256; ++code) {
        const char c = static_cast<char>(code);
        const std::string text(1, c);
        const bool is_visible = c > ' ' && c < '\x7f';
        const bool is_refused = !is_visible || std::string("<>\"{}|^\\`%[]").find(c) != std::string::npos;
        const UrlValidity expected = is_refused ? UrlValidity::kInvalid : UrlValidity::kValid;
        BOOST_TEST((validate_webhook_url("https://example.com/a" + text + "b") == expected),
                   "path, " << code);
        BOOST_TEST((validate_webhook_url("https://example.com/?a" + text + "b") == expected),
                   "query, " << code);
        // "#" may occur once, before the fragment. "/", "?" and "#" end the user information, so the host is
        // "a".
        BOOST_TEST((validate_webhook_url("https://example.com/#a" + text + "b") ==
                    (c == '#' ? UrlValidity::kInvalid : expected)),
                   "fragment, " << code);
        BOOST_TEST((validate_webhook_url("https://a" + text + "@example.com/") ==
                    (c == '@' ? UrlValidity::kInvalid : expected)),
                   "user information, " << code);
    }
}

BOOST_AUTO_TEST_CASE(escapes_have_two_hexadecimal_digits) {
    for (const std::string part : {"/", "?", "#"}) {
        for (const std::string escape :
             {"%", "%4", "%4g", "%g4", "%%41", "%4%41", "%u0041", "% 41", "%-1", "%0x"}) {
            BOOST_TEST((validate_webhook_url("https://example.com" + part + escape) == UrlValidity::kInvalid),
                       part << escape);
        }
        for (const std::string escape : {"%41", "%aF", "%Fa", "%00", "%25", "%2541", "%41%42", "%0a%0d"}) {
            BOOST_TEST((validate_webhook_url("https://example.com" + part + escape) == UrlValidity::kValid),
                       part << escape);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_length_is_not_limited_here) {
    const std::string long_path = "https://example.com/" + std::string(64 * 1024, 'a');
    BOOST_TEST((validate_webhook_url(long_path) == UrlValidity::kValid));
    const std::string long_user = "https://" + std::string(64 * 1024, 'a') + "@example.com/";
    BOOST_TEST((validate_webhook_url(long_user) == UrlValidity::kValid));
    const std::string long_host = "https://" + std::string(64 * 1024, '.') + "/";
    BOOST_TEST((validate_webhook_url(long_host) == UrlValidity::kInvalid));
}

BOOST_AUTO_TEST_CASE(a_web_url_may_lack_tls_and_go_anywhere) {
    for (const std::string_view url :
         {"http://shop.example.com"sv, "https://shop.example.com/a?b#c"sv, "HTTP://localhost"sv,
          "http://10.0.0.1:8080/"sv, "https://[::1]"sv, "https://user:pw@example.com/"sv}) {
        BOOST_TEST_CONTEXT(url) BOOST_TEST(security::is_web_url(url));
    }
    for (const std::string_view url :
         {"ftp://shop.example.com"sv, "//shop.example.com"sv, "shop.example.com"sv, "http://"sv,
          "http://0x7f.1"sv, "http://example.com:0"sv, "http://a b"sv, ""sv}) {
        BOOST_TEST_CONTEXT(url) BOOST_TEST(!security::is_web_url(url));
    }
}
