#define BOOST_TEST_MODULE admin_validation
#include "admin/validation.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) result += text;
    return result;
}

// Checks that the rule refuses the text, and says this.
template <class Rule>
void check_refused(const Rule& rule, const std::string& text, std::string_view message) {
    BOOST_TEST_CONTEXT("\"" << text << "\"") {
        BOOST_CHECK_EXCEPTION(rule(text), admin::UsageError, [&](const admin::UsageError& error) {
            BOOST_TEST_INFO(error.what());
            return std::string_view(error.what()).find(message) != std::string_view::npos;
        });
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_is_trimmed_and_counted_in_code_points) {
    const auto name = [](std::string_view text) { return admin::valid_name("--name", text); };
    BOOST_TEST(name("Ana") == "Ana");
    BOOST_TEST(name(" \t\n Ana  Li \xE3\x80\x80\xC2\xA0") == "Ana  Li");
    BOOST_TEST(name(" M\xC3\xBC ") == "M\xC3\xBC");
    BOOST_TEST(name("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
    BOOST_TEST(name("  " + repeated("\xC3\xA4", 255) + " ") == repeated("\xC3\xA4", 255));
    check_refused(name, repeated("\xC3\xA4", 256), "--name must have at most 255 characters, not 256");
    check_refused(name, "", "--name must not be empty");
    check_refused(name, " \xE2\x80\xA8 ", "--name must not be empty");
    check_refused(name, "a\nb", "control characters");
    check_refused(name, "a\x1B[31m", "control characters");
    check_refused(name, "a\xC2\x9Fz", "control characters");
    check_refused(name, "\xE4", "not valid UTF-8");
}

BOOST_AUTO_TEST_CASE(an_email_address_has_two_sides) {
    const auto email = [](std::string_view text) { return admin::valid_email("--email", text); };
    BOOST_TEST(email(" ana@example.com ") == "ana@example.com");
    BOOST_TEST(email("o'hara+x@localhost") == "o'hara+x@localhost");
    BOOST_TEST(email("m\xC3\xBCller@example.com") == "m\xC3\xBCller@example.com");
    const std::string longest = repeated("a", 254 - 12) + "@example.com";
    BOOST_TEST(email(longest) == longest);
    check_refused(email, "a" + longest, "--email must have at most 254 bytes");
    for (const auto* text :
         {"ana", "@example.com", "ana@", "@", "a@b@c", "a b@example.com", "ana@exa\xC2\xA0mple.com"}) {
        check_refused(email, text, "--email must be an e-mail address");
    }
    check_refused(email, "", "must not be empty");
    check_refused(email, "a\tb@example.com", "control characters");
}

BOOST_AUTO_TEST_CASE(a_target_url_is_absolute_http_or_https) {
    const auto url = [](std::string_view text) { return admin::valid_target_url("--url", text); };
    for (const auto* text :
         {"https://shop.example.com", "http://shop.example.com/", "HTTPS://Shop.example.com:8443/a?b=c#d",
          "http://localhost", "http://10.0.0.1:80/x", "http://[::1]", "http://[2001:db8::1]:8080/",
          "https://user:pw@example.com/", "https://example.com?x", "https://example.com#x",
          "https://my_host.example.com", "https://xn--mller-kva.de"}) {
        BOOST_TEST(url(text) == text);
    }
    BOOST_TEST(url("  https://example.com\n") == "https://example.com");
    const std::string longest = "https://example.com/" + repeated("a", 2048 - 20);
    BOOST_TEST(url(longest) == longest);
    check_refused(url, longest + "a", "--url must have at most 2048 characters, not 2049");
    check_refused(url, "", "--url must not be empty");
    for (const auto* text : {"example.com",
                             "//example.com",
                             "ftp://example.com",
                             "https:example.com",
                             "https:/example.com",
                             "https://",
                             "https:///path",
                             "https://?x",
                             "https://:443",
                             "https://user@",
                             "https://.",
                             "http",
                             "https://example.com:",
                             "https://example.com:0",
                             "https://example.com:65536",
                             "https://example.com:8o",
                             "http://::1/",
                             "http://[::1",
                             "http://[]",
                             "http://[::1]x",
                             "https://a,b.com",
                             "xhttps://example.com"}) {
        check_refused(url, text, "--url must be an http or https URL with a host");
    }
    for (const auto* text : {"https://m\xC3\xBCller.de", "https://example.com/a b", "https://example.com/\"",
                             "https://a\\b", "https://example.com/\x01", "https://example.com/<x>"}) {
        check_refused(url, text, "percent-encoded");
    }
}

BOOST_AUTO_TEST_CASE(an_id_is_spelled_in_full) {
    const auto id = [](std::string_view text) { return admin::valid_id("--account", text); };
    BOOST_TEST(id("11111111112") == 1U);
    for (const auto* text : {"", "2", "111111111112", "1111111111O", " 11111111112", "zzzzzzzzzzz"}) {
        check_refused(id, text, "--account must be an id");
    }
}

BOOST_AUTO_TEST_CASE(a_time_is_in_utc) {
    const auto time = [](std::string_view text) { return admin::valid_time("--expires", text); };
    BOOST_TEST(time("2027-01-31T00:00:00Z") == "2027-01-31T00:00:00.000000Z");
    BOOST_TEST(time("2028-02-29T23:59:59.5Z") == "2028-02-29T23:59:59.500000Z");
    BOOST_TEST(time("9999-12-31T23:59:59.999999Z") == "9999-12-31T23:59:59.999999Z");
    for (const auto* text :
         {"", "Z", "2027-01-31", "2027-01-31T00:00:00", "2027-01-31T00:00:00+00:00", "2027-01-31 00:00:00Z",
          "2027-1-31T00:00:00Z", "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
          "2027-01-00T00:00:00Z", "2027-01-31T24:00:00Z", "2027-01-31T00:60:00Z", "2027-01-31T00:00:60Z",
          "2027-01-31T00:00:00.Z", "2027-01-31T00:00:00.1234567Z", "2027-01-31T00:00:00,5Z",
          "2027-01-31T00:00:00.-5Z", "2027-01-31T00:00:00Zx"}) {
        check_refused(time, text, "--expires must be a time in UTC");
    }
}

BOOST_AUTO_TEST_CASE(days_are_counted_from_now) {
    const auto now = std::chrono::sys_days(std::chrono::year{2027} / 12 / 31) + std::chrono::microseconds(7);
    const auto days = [now](std::string_view text) {
        return admin::valid_days("--expires-in-days", text, now);
    };
    BOOST_TEST(days("1") == "2028-01-01T00:00:00.000007Z");
    BOOST_TEST(days("366") == "2028-12-31T00:00:00.000007Z");
    BOOST_TEST(days("36500") == "2127-12-07T00:00:00.000007Z");
    for (const auto* text : {"", "0", "36501", "-1", "+1", "1.5", "1 ", "x", "99999999999999999999"}) {
        check_refused(days, text, "--expires-in-days must be a number of days from 1 to 36500");
    }
}
