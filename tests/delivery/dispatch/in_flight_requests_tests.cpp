#define BOOST_TEST_MODULE in_flight_requests
#include "delivery/dispatch/in_flight_requests.hpp"

#include <boost/test/unit_test.hpp>

using delivery::Clock;
using delivery::InFlightRequests;
using delivery::Outcome;
using delivery::Sent;
using std::chrono::seconds;

namespace {

db::ClaimedDelivery claim_of(const db::DeliveryKey& key) {
    db::ClaimedDelivery claim;
    claim.key = key;
    claim.generation = 5;
    claim.event.deliveries.emplace_back().retries = 3;
    return claim;
}

Outcome outcome_of(std::uint64_t tag) {
    Outcome outcome;
    outcome.tag = tag;
    return outcome;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_request_is_known_by_its_tag) {
    InFlightRequests requests;
    const Clock::time_point now{seconds{1000}};
    const auto first = requests.add(claim_of({1, 7}), now);
    const auto second = requests.add(claim_of({2, 7}), now);
    BOOST_TEST(first != second);
    BOOST_TEST(requests.size() == 2U);
    const Sent sent = requests.take(outcome_of(second), now);
    BOOST_CHECK((sent.key == db::DeliveryKey{2, 7}));
    BOOST_TEST(sent.generation == 5U);
    BOOST_TEST(sent.retries == 3);
    BOOST_TEST(!sent.since_first_try);
    BOOST_CHECK((requests.take(outcome_of(first), now).key == db::DeliveryKey{1, 7}));
    BOOST_TEST(requests.empty());
    const auto third = requests.add(claim_of({3, 7}), now);
    BOOST_CHECK((requests.take_unsent(third) == db::DeliveryKey{3, 7}));
    BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(the_time_since_the_first_try_includes_the_request) {
    InFlightRequests requests;
    const Clock::time_point now{seconds{1000}};
    db::ClaimedDelivery claim = claim_of({1, 7});
    claim.since_first_try = seconds{60};
    const auto tag = requests.add(claim, now);
    BOOST_CHECK(requests.take(outcome_of(tag), now + seconds{2}).since_first_try == seconds{62});
}

BOOST_AUTO_TEST_CASE(a_request_that_was_sent_twice_has_two_attempts) {
    InFlightRequests requests;
    const Clock::time_point now{seconds{1000}};
    const Sent once = requests.take(outcome_of(requests.add(claim_of({1, 7}), now)), now);
    BOOST_TEST(once.attempt_id == once.unanswered_attempt_id);
    Outcome outcome = outcome_of(requests.add(claim_of({2, 7}), now));
    outcome.unanswered.emplace();
    const Sent twice = requests.take(outcome, now);
    BOOST_TEST(twice.attempt_id != twice.unanswered_attempt_id);
}
