#define BOOST_TEST_MODULE validation
#include "admin/validation.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "common/model/permissions.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) result += text;
    return result;
}

// Checks that the rule refuses the text with this message.
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

BOOST_AUTO_TEST_CASE(an_id_is_written_in_full) {
    const auto id = [](std::string_view text) { return admin::valid_id("--account", text); };
    BOOST_TEST(id("11111111112") == 1U);
    for (const auto* text : {"", "2", "111111111112", "1111111111O", " 11111111112", "zzzzzzzzzzz"}) {
        check_refused(id, text, "--account must be an id");
    }
}

BOOST_AUTO_TEST_CASE(ids_are_separated_by_commas) {
    const auto ids = [](std::string_view text) { return admin::valid_ids("--targets", text); };
    BOOST_CHECK(ids("11111111112") == std::vector<model::Id>{1});
    BOOST_CHECK(ids("11111111113, 11111111112,11111111113") == (std::vector<model::Id>{1, 2}));
    for (const auto* text : {"", ",", "11111111112,", ",11111111112", "11111111112 11111111113", "x"}) {
        check_refused(ids, text, "--targets must be an id");
    }
}

BOOST_AUTO_TEST_CASE(rights_are_named) {
    const auto rights = [](std::string_view text) {
        return model::format_rights(admin::valid_rights("--rights", text));
    };
    BOOST_TEST(rights("read") == "read");
    BOOST_TEST(rights("publish, read") == "read,publish");
    BOOST_TEST(rights("manage,read,manage,publish") == "read,manage,publish");
    for (const auto* text : {"", "all", "read,", "Read", "read manage", "read;manage"}) {
        check_refused(rights, text, "--rights must be some of read,manage,publish, separated by commas, not");
    }
}

BOOST_AUTO_TEST_CASE(numbers_have_limits) {
    const auto number = [](std::string_view text) { return admin::valid_number("--limit", text, 1, 1000); };
    BOOST_TEST(number("1") == 1U);
    BOOST_TEST(number("1000") == 1000U);
    for (const auto* text : {"", "0", "1001", "-1", "+1", " 1", "1.0", "x", "99999999999999999999"}) {
        check_refused(number, text, "--limit must be a number from 1 to 1000, not");
    }
}

BOOST_AUTO_TEST_CASE(a_value_is_one_of_the_listed_ones) {
    const auto choice = [](std::string_view text) {
        return admin::valid_choice("--status", text, std::array<std::string_view, 2>{"failed", "succeeded"});
    };
    BOOST_TEST(choice("failed") == "failed");
    for (const auto* text : {"", "Failed", "fail", "failed "}) {
        check_refused(choice, text, "--status must be one of failed, succeeded, not");
    }
}

BOOST_AUTO_TEST_CASE(a_time_is_kept_in_utc) {
    const auto time = [](std::string_view text) { return admin::valid_time("--expires", text); };
    BOOST_TEST(time("2027-01-31T00:00:00Z") == "2027-01-31T00:00:00.000000Z");
    BOOST_TEST(time("2028-02-29T23:59:59.5Z") == "2028-02-29T23:59:59.500000Z");
    BOOST_TEST(time("2027-01-31T01:00:00+02:00") == "2027-01-30T23:00:00.000000Z");
    for (const auto* text : {"", "tomorrow", "2027-01-31", "2027-01-31T00:00:00", "2027-02-29T00:00:00Z"}) {
        check_refused(time, text, "--expires must be a time, such as 2027-01-31T00:00:00Z, not");
    }
}

BOOST_AUTO_TEST_CASE(event_types_are_those_of_the_contract) {
    const auto any = [](std::string_view text) { return admin::valid_event_type("--type", text); };
    const auto published = [](std::string_view text) { return admin::valid_published_type("--type", text); };
    BOOST_TEST(any("target_created") == "target_created");
    BOOST_TEST(published("finding_fixed") == "finding_fixed");
    check_refused(any, "scan", "--type must be one of user_created, ");
    check_refused(published, "target_created", "--type must be one of scan_started, scan_canceled, ");
}

BOOST_AUTO_TEST_CASE(content_is_a_json_object) {
    const auto content = [](std::string_view text) { return admin::valid_content("--content", text); };
    BOOST_TEST(content(" {\"a\": [1,  2], \"b\" : \"\\u0041\"}\n") == "{\"a\":[1,2],\"b\":\"A\"}");
    const std::string longest = "{\"a\":\"" + repeated("x", 64 * 1024 - 8) + "\"}";
    BOOST_TEST(content(longest) == longest);
    BOOST_TEST(content("{ " + longest.substr(1)) == longest);
    check_refused(content, "{\"\":1," + longest.substr(1), "no more than 65536 bytes.");
    check_refused(content, "", "--content must be a JSON object");
    check_refused(content, "[]", "Expected a dictionary, but got list.");
    check_refused(content, "{\"a\": \xE4}", "--content must be a JSON object");
}

BOOST_AUTO_TEST_CASE(events_occur_at_most_a_day_ahead) {
    const auto time = [](std::string_view text) { return admin::valid_occurred_at("--occurred-at", text); };
    BOOST_TEST(time("2026-01-31T00:00:00+01:00") == "2026-01-30T23:00:00.000000Z");
    check_refused(time, "2999-01-31T00:00:00Z", "--occurred-at must be at most a day ahead");
    check_refused(time, "now", "--occurred-at must be a time");
}

BOOST_AUTO_TEST_CASE(a_status_is_named_as_clients_see_it) {
    const auto status = [](std::string_view text) {
        return std::string(model::name_of(admin::valid_status("--status", text)));
    };
    for (const auto* text : {"scheduled", "succeeded", "rescheduled", "failed"}) {
        BOOST_TEST(status(text) == text);
    }
    check_refused(status, "3", "--status must be one of scheduled, succeeded, rescheduled, failed, not");
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
