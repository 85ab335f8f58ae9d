#define BOOST_TEST_MODULE outcome
#include "delivery/http/outcome.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using delivery::Failure;
using delivery::Outcome;
using delivery::reason_of;
using delivery::to_one_line;

namespace {

Outcome with_status(int status) {
    Outcome outcome;
    outcome.status = status;
    return outcome;
}

Outcome with_failure(Failure failure, std::string detail = {}) {
    Outcome outcome;
    outcome.failure = failure;
    outcome.detail = std::move(detail);
    return outcome;
}

constexpr Failure kFailures[] = {Failure::kDns,      Failure::kConnect, Failure::kTls,
                                 Failure::kTimeout,  Failure::kRefused, Failure::kTooLarge,
                                 Failure::kProtocol, Failure::kProxy,   Failure::kStopped};

}  // namespace

BOOST_AUTO_TEST_CASE(success_is_2xx) {
    for (const int status : {200, 201, 204, 299}) {
        BOOST_TEST(with_status(status).is_success(), status);
        BOOST_TEST(reason_of(with_status(status)).empty(), status);
    }
    for (const int status : {0, 100, 199, 300, 302, 404, 410, 500, 999}) {
        BOOST_TEST(!with_status(status).is_success(), status);
    }
    for (const Failure failure : kFailures) BOOST_TEST(!with_failure(failure).is_success());
}

BOOST_AUTO_TEST_CASE(reasons_begin_with_their_category) {
    BOOST_TEST(reason_of(with_status(503)) == "http 503");
    BOOST_TEST(reason_of(with_failure(Failure::kDns)) == "dns");
    BOOST_TEST(reason_of(with_failure(Failure::kTls, "certificate has expired")) ==
               "tls (certificate has expired)");
    BOOST_TEST(reason_of(with_failure(Failure::kTooLarge, "x")) == "too_large (x)");
    for (const Failure failure : kFailures) {
        const std::string name(category_of(failure));
        BOOST_TEST(!name.empty());
        BOOST_TEST((name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos), name);
        BOOST_TEST(reason_of(with_failure(failure)) == name);
    }
}

BOOST_AUTO_TEST_CASE(reasons_fit_their_column) {
    for (const Failure failure : kFailures) {
        const std::string reason = reason_of(with_failure(failure, std::string(1000, 'x')));
        BOOST_TEST(reason.size() == delivery::kMaxReasonBytes);
        BOOST_TEST(reason.ends_with("x)"));
    }
}

BOOST_AUTO_TEST_CASE(a_line_has_no_control_characters) {
    BOOST_TEST(to_one_line("", 10).empty());
    BOOST_TEST(to_one_line(" a \r\n\t b ", 10) == "a b");
    BOOST_TEST(to_one_line("\x1b[31m\xc3\xa9\x7f", 10) == "?[31m???");
    BOOST_TEST(to_one_line(std::string_view("a\0b", 3), 10) == "a?b");
    BOOST_TEST(to_one_line("abcdef", 3) == "abc");
    BOOST_TEST(to_one_line("abc def", 4) == "abc");
}

BOOST_AUTO_TEST_CASE(overload_is_429_502_503_504_and_timeouts) {
    for (const int status : {429, 502, 503, 504}) BOOST_TEST(is_overload(with_status(status)), status);
    for (const int status : {200, 400, 410, 428, 500, 501, 505}) {
        BOOST_TEST(!is_overload(with_status(status)), status);
    }
    for (const Failure failure : kFailures) {
        BOOST_TEST(is_overload(with_failure(failure)) == (failure == Failure::kTimeout));
    }
}

BOOST_AUTO_TEST_CASE(only_410_is_gone) {
    BOOST_TEST(is_gone(with_status(410)));
    for (const int status : {200, 404, 409, 411}) BOOST_TEST(!is_gone(with_status(status)), status);
    BOOST_TEST(!is_gone(with_failure(Failure::kConnect)));
}
