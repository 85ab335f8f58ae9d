#define BOOST_TEST_MODULE pending_writes
#include "delivery/dispatch/pending_writes.hpp"

#include <boost/test/unit_test.hpp>

using delivery::PendingWrites;
using std::chrono::seconds;

BOOST_AUTO_TEST_CASE(a_batch_takes_the_first_writes) {
    constexpr std::size_t kMost = 1024;
    PendingWrites pending;
    BOOST_TEST(pending.is_empty());
    for (model::Id event = 1; event <= kMost + 1; ++event) {
        db::FinishedDelivery outcome;
        outcome.key = {event, 7};
        pending.record(std::move(outcome));
    }
    pending.give_back({1, 8});
    BOOST_TEST(pending.outcomes() == kMost + 1);

    const db::ClaimBatch first = pending.take(seconds{30});
    BOOST_REQUIRE(first.finished.size() == kMost);
    BOOST_TEST(first.finished.back().key.event_id == kMost);
    BOOST_TEST(first.given_back.size() == 1U);
    BOOST_TEST(first.wanted.empty());
    BOOST_CHECK(first.lease_time == seconds{30});
    BOOST_TEST(!pending.is_empty());

    const db::ClaimBatch second = pending.take(seconds{30});
    BOOST_REQUIRE(second.finished.size() == 1U);
    BOOST_TEST(second.finished.front().key.event_id == kMost + 1);
    BOOST_TEST(pending.is_empty());
}

BOOST_AUTO_TEST_CASE(deliveries_to_put_off_wait_apart) {
    PendingWrites pending;
    pending.put_off({1, 7});
    BOOST_TEST(pending.is_empty());
    BOOST_CHECK((pending.take_put_off() == db::DeliveryKey{1, 7}));
    BOOST_TEST(!pending.take_put_off());
}
