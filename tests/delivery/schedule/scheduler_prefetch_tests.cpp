// The scheduler's prefetch, and its limits.
#define BOOST_TEST_MODULE scheduler_prefetch
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

#include "delivery/schedule/scheduler.hpp"
#include "tests/support/scheduler_fixture.hpp"

using delivery::Feedback;
using delivery::SchedulerLimits;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DeliveryKey;
using testing::SchedulerFixture;

namespace {

struct PrefetchFixture : SchedulerFixture {
    PrefetchFixture()
        : SchedulerFixture(SchedulerLimits{.in_flight = 100,
                                           .per_host = 50,
                                           .per_webhook = 10,
                                           .queues = 1000,
                                           .waiting_of_one = 400,
                                           .prefetched = 60}) {}
    std::vector<DeliveryKey> ours;  // in the order they were claimed

    std::size_t claim() {
        const auto picked = pick();
        ours.insert(ours.end(), picked.begin(), picked.end());
        return picked.size();
    }
    void finish_first(std::size_t count, Feedback feedback = Feedback::kSuccess,
                      milliseconds took = milliseconds{1}) {
        now += milliseconds{1};
        for (std::size_t i = 0; i < count; ++i) {
            scheduler.finish(ours.front(), feedback, feedback, now, {}, took);
            ours.erase(ours.begin());
        }
    }
    // The webhook has many due deliveries, some of them prefetched.
    void begin_a_backlog(model::Id webhook) {
        add(webhook);
        offer(webhook, 300);
        for (int i = 0; i < 3; ++i) {
            claim();
            finish_first(ours.size());
        }
        claim();
        BOOST_TEST(scheduler.prefetched() > 0U);
    }
    // The webhook's window is at its limit, and it has succeeded that many times in a row.
    void warm_up(model::Id webhook, std::size_t successes) {
        for (std::size_t i = 0; i < successes; ++i) {
            offer(webhook, 1);
            BOOST_TEST(claim() == 1U);
            finish_first(1);
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_quick_receiver_gets_prefetched_deliveries_as_it_succeeds, PrefetchFixture) {
    add(7);
    offer(7, 300);
    const std::vector<std::size_t> expected{4, 12, 26, 52};
    for (const std::size_t most : expected) {
        claim();
        BOOST_TEST(ours.size() == most);
        BOOST_TEST(scheduler.in_flight() == std::min<std::size_t>(most == 12 ? 8 : 10, most));
        BOOST_TEST(scheduler.prefetched() == ours.size() - scheduler.in_flight());
        finish_first(ours.size());
        BOOST_TEST(scheduler.in_flight() == 0U);
        BOOST_TEST(scheduler.prefetched() == 0U);
    }
}

BOOST_FIXTURE_TEST_CASE(prefetched_deliveries_take_the_slots_of_those_before, PrefetchFixture) {
    add(7);
    warm_up(7, 20);
    add(7);
    offer(7, 30);
    claim();
    finish_first(10);
    claim();
    offer(7, 100);
    claim();
    BOOST_TEST(scheduler.at_once(7) == 10U);
    const std::size_t prefetched = scheduler.prefetched();
    BOOST_TEST(prefetched > 3U);
    finish_first(3);
    BOOST_TEST(scheduler.at_once(7) == 10U);
    BOOST_TEST(scheduler.in_flight() == 10U);
    BOOST_TEST(scheduler.prefetched() == prefetched - 3);
    // The end of a prefetched request is known before that of the request that it followed.
    scheduler.finish(ours.back(), Feedback::kSuccess, Feedback::kSuccess, now);
    ours.pop_back();
    BOOST_TEST(scheduler.in_flight() == 10U);
    BOOST_TEST(scheduler.prefetched() == prefetched - 4);
    // A prefetched delivery that is given back frees no slot.
    scheduler.give_up(ours.back(), now);
    ours.pop_back();
    BOOST_TEST(scheduler.in_flight() == 10U);
    BOOST_TEST(scheduler.prefetched() == prefetched - 5);
    finish_first(ours.size());
    BOOST_TEST(scheduler.in_flight() == 0U);
    BOOST_TEST(scheduler.prefetched() == 0U);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_prefetched_for_a_receiver_that_fails_or_is_slow, PrefetchFixture) {
    begin_a_backlog(7);
    finish_first(1, Feedback::kFailure);
    while (!ours.empty()) {  // the others come back unsent
        scheduler.give_up(ours.back(), now);
        ours.pop_back();
    }
    claim();
    BOOST_TEST(scheduler.prefetched() == 0U);
    finish_first(ours.size(), Feedback::kSuccess, seconds{60});
    claim();
    BOOST_TEST(scheduler.in_flight() == 10U);
    BOOST_TEST(scheduler.prefetched() <= 1U);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_prefetched_again_before_a_receiver_that_pauses_goes_on, PrefetchFixture) {
    begin_a_backlog(7);
    while (scheduler.prefetched() > 0) {
        scheduler.return_unsent(ours.back(), now);
        ours.pop_back();
    }
    BOOST_TEST(claim() == 0U);
    finish_first(2);
    claim();
    BOOST_TEST(scheduler.prefetched() == 2U);
}

BOOST_FIXTURE_TEST_CASE(webhooks_that_wait_for_a_host_go_before_prefetched_deliveries, PrefetchFixture) {
    for (model::Id webhook = 1; webhook <= 6; ++webhook) {
        add(webhook);
        offer(webhook, 300);
    }
    std::map<model::Id, int> sent;
    for (int i = 0; i < 10; ++i) {
        claim();
        for (const auto& [webhook, count] : by_webhook(ours)) sent[webhook] += count;
        BOOST_TEST(scheduler.in_flight() <= limits.per_host);
        finish_first(ours.size());
    }
    for (const auto& [webhook, count] : sent) BOOST_TEST(count > 50);
    BOOST_TEST(sent.size() == 6U);
}

BOOST_FIXTURE_TEST_CASE(prefetched_deliveries_are_limited_in_all, PrefetchFixture) {
    for (model::Id webhook = 1; webhook <= 5; ++webhook) {
        add(webhook, "h" + std::to_string(webhook));
        offer(webhook, 400);
    }
    for (int i = 0; i < 6; ++i) {
        claim();
        BOOST_TEST(scheduler.prefetched() <= limits.prefetched);
        if (i < 5) finish_first(ours.size());
    }
    BOOST_TEST(scheduler.prefetched() == testing::alone(limits.prefetched));
    for (const auto& [webhook, count] : by_webhook(ours)) BOOST_TEST(count >= 10 + 10);
}
