#define BOOST_TEST_MODULE event_filter
#include "handlers/events/event_filter.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fcgi/http/query.hpp"

namespace {

struct Outcome {
    db::EventFilter choice;
    http::FieldErrors errors;
};

Outcome parse(const std::string& query) {
    http::Request request;
    request.uri = "/events/?" + query;
    Outcome outcome;
    outcome.choice = handlers::parse_event_filter(http::decode_query(request).value(), outcome.errors);
    return outcome;
}

void check_error(const std::string& query, const std::string& name, const std::string& message) {
    BOOST_TEST_CONTEXT(query) {
        const auto errors = parse(query).errors;
        BOOST_REQUIRE(errors.size() == 1U);
        BOOST_TEST(errors[0].first == name);
        BOOST_REQUIRE(errors[0].second.size() == 1U);
        BOOST_TEST(errors[0].second[0] == message);
    }
}

constexpr const char* kNoTime =
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu]Z,"
    " YYYY-MM-DDThh:mm:ss[.uuuuuu]+hh:mm.";

}  // namespace

BOOST_AUTO_TEST_CASE(an_empty_query_filters_nothing) {
    for (const auto* query : {"", "page=2&length=7&other=x", "event_type=&status=&since=&until="}) {
        const auto [choice, errors] = parse(query);
        BOOST_TEST(errors.empty());
        BOOST_TEST(!choice.event_type.has_value());
        BOOST_TEST(!choice.status.has_value());
        BOOST_TEST(!choice.since.has_value());
        BOOST_TEST(!choice.until.has_value());
    }
}

BOOST_AUTO_TEST_CASE(all_filters_together) {
    const auto [choice, errors] = parse(
        "event_type=scan_failed&status=rescheduled&since=2026-01-31T16:32:17Z&until=2026-02-01T00:00:00%2B01:"
        "00");
    BOOST_TEST(errors.empty());
    BOOST_TEST(choice.event_type.value_or("") == "scan_failed");
    BOOST_CHECK(choice.status == model::DeliveryStatus::kRescheduled);
    BOOST_TEST(choice.since.value_or("") == "2026-01-31T16:32:17.000000Z");
    BOOST_TEST(choice.until.value_or("") == "2026-01-31T23:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(every_status_has_its_name) {
    using enum model::DeliveryStatus;
    for (const auto& [name, status] :
         std::vector<std::pair<std::string, model::DeliveryStatus>>{{"scheduled", kScheduled},
                                                                    {"succeeded", kSucceeded},
                                                                    {"rescheduled", kRescheduled},
                                                                    {"failed", kFailed}}) {
        BOOST_CHECK(parse("status=" + name).choice.status == status);
        BOOST_CHECK(parse("status=+" + name + "%20").choice.status == status);
    }
}

BOOST_AUTO_TEST_CASE(the_last_one_counts) {
    BOOST_TEST(parse("event_type=x&event_type=user_created").choice.event_type.value_or("") ==
               "user_created");
    check_error("event_type=user_created&event_type=x", "event_type", "\"x\" is not a valid choice.");
}

BOOST_AUTO_TEST_CASE(invalid_filters_are_reported) {
    check_error("event_type=scan", "event_type", "\"scan\" is not a valid choice.");
    check_error("event_type=SCAN_FAILED", "event_type", "\"SCAN_FAILED\" is not a valid choice.");
    check_error("event_type=%00", "event_type", std::string("\"\0\" is not a valid choice.", 26));
    check_error("status=0", "status", "\"0\" is not a valid choice.");
    check_error("status=+", "status", "\"\" is not a valid choice.");
    check_error("since=2026-01-31", "since", kNoTime);
    check_error("until=2026-01-31T16:32:17+01:00", "until", kNoTime);
}

BOOST_AUTO_TEST_CASE(all_errors_are_reported) {
    const auto errors = parse("event_type=a&status=b&since=c&until=d").errors;
    BOOST_REQUIRE(errors.size() == 4U);
    BOOST_TEST(errors[0].first == "event_type");
    BOOST_TEST(errors[1].first == "status");
    BOOST_TEST(errors[2].first == "since");
    BOOST_TEST(errors[3].first == "until");
}
