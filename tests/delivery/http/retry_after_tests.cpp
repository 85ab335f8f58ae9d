#define BOOST_TEST_MODULE retry_after
#include "delivery/http/retry_after.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace std::chrono_literals;
using delivery::kMaxRetryAfter;
using delivery::parse_retry_after;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT: the example of RFC 9110.
constexpr std::chrono::sys_seconds kThen{784111777s};

std::optional<std::chrono::seconds> parse(std::string_view value, std::chrono::sys_seconds now = kThen) {
    return parse_retry_after(value, now);
}

void check_all_forms(const char* imf, const char* rfc850, const char* asctime,
                     std::chrono::seconds expected) {
    for (const char* date : {imf, rfc850, asctime}) BOOST_TEST((parse(date) == expected), date);
}

}  // namespace

BOOST_AUTO_TEST_CASE(seconds) {
    BOOST_TEST((parse("0") == 0s));
    BOOST_TEST((parse("120") == 120s));
    BOOST_TEST((parse("007") == 7s));
    BOOST_TEST((parse(" \t120 \t") == 120s));
    BOOST_TEST((parse("120\r\n") == 120s));
    BOOST_TEST((parse("999999999") == 999999999s));
    BOOST_TEST((parse("1000000000") == kMaxRetryAfter));
    BOOST_TEST((parse("1000000001") == kMaxRetryAfter));
    BOOST_TEST((parse("18446744073709551617") == kMaxRetryAfter));
    BOOST_TEST((parse(std::string(10000, '9')) == kMaxRetryAfter));
}

BOOST_AUTO_TEST_CASE(dates_in_all_three_forms) {
    check_all_forms("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                    "Sun Nov  6 08:49:37 1994", 0s);
    check_all_forms("Sun, 06 Nov 1994 08:49:38 GMT", "Sunday, 06-Nov-94 08:49:38 GMT",
                    "Sun Nov  6 08:49:38 1994", 1s);
    check_all_forms("Mon, 07 Nov 1994 08:49:37 GMT", "Monday, 07-Nov-94 08:49:37 GMT",
                    "Mon Nov  7 08:49:37 1994", 24h);
    check_all_forms("Wed, 16 Nov 1994 08:49:37 GMT", "Wednesday, 16-Nov-94 08:49:37 GMT",
                    "Wed Nov 16 08:49:37 1994", 240h);
}

BOOST_AUTO_TEST_CASE(dates_by_themselves) {
    for (const char* date :
         {" Sun, 06 Nov 1994 08:49:37 GMT ", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        BOOST_TEST((delivery::parse_http_date(date) == kThen), date);
    }
    for (const char* other : {"", "120", "Fri, 32 Jan 1994 00:00:00 GMT"}) {
        BOOST_TEST(!delivery::parse_http_date(other), other);
    }
}

BOOST_AUTO_TEST_CASE(dates_in_the_past_are_0_seconds) {
    for (const char* date : {"Sun, 06 Nov 1994 08:49:36 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"}) {
        BOOST_TEST((parse(date) == 0s), date);
    }
}

BOOST_AUTO_TEST_CASE(the_far_future_is_the_maximum) {
    BOOST_TEST((parse("Fri, 31 Dec 9999 23:59:59 GMT") == kMaxRetryAfter));
}

BOOST_AUTO_TEST_CASE(only_days_that_exist_are_accepted) {
    constexpr std::chrono::sys_seconds kEpoch{};
    BOOST_TEST((parse("Tue, 29 Feb 2000 00:00:00 GMT", kEpoch) == 951782400s));
    BOOST_TEST((parse("Thu, 31 Dec 1998 23:59:60 GMT", kEpoch) == 915148800s));
    for (const char* date : {"Fri, 32 Jan 1994 00:00:00 GMT", "Fri, 00 Jan 1994 00:00:00 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT"}) {
        BOOST_TEST(!parse(date), date);
    }
}

BOOST_AUTO_TEST_CASE(the_name_of_the_day_need_not_be_right) {
    BOOST_TEST((parse("Mon, 06 Nov 1994 08:49:38 GMT") == 1s));
}

BOOST_AUTO_TEST_CASE(anything_else_is_ignored) {
    for (const char* value : {"", " ", "-1", "+1", "1.5", "1 2", "120s", "0x10", "1e3", "soon", "120, 60",
                              "\"120\"", "Day, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"}) {
        BOOST_TEST(!parse(value), value);
    }
    BOOST_TEST(!parse(std::string_view("12\0", 3)));
}
