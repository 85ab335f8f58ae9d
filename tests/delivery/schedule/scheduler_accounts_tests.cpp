// The scheduler serves one account as if it were alone, whatever another account does.
#define BOOST_TEST_MODULE scheduler_accounts
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "delivery/schedule/scheduler.hpp"
#include "tests/support/scheduler_fixture.hpp"

using db::WebhookHealth;
using delivery::Feedback;
using delivery::SchedulerLimits;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::alone;
using testing::DeliveryKey;
using testing::SchedulerFixture;

namespace {

constexpr model::Id kGreedy = 1;
constexpr model::Id kNeighbour = 2;
constexpr model::Id kNeighbours = 1'000'000;  // the neighbour's first webhook

struct Fixture : SchedulerFixture {
    using SchedulerFixture::SchedulerFixture;

    // Adds webhooks of the greedy account, each with that number of deliveries.
    void flood(model::Id webhooks, int deliveries, bool one_host = false) {
        for (model::Id webhook = 1; webhook <= webhooks; ++webhook) {
            const std::string host = one_host ? "greedy" : "greedy" + std::to_string(webhook);
            if (try_add(webhook, host, kGreedy)) offer(webhook, deliveries);
        }
    }
    void flood_with_healthy(model::Id webhooks, int deliveries) {
        for (model::Id webhook = 1; webhook <= webhooks; ++webhook) {
            add(webhook, "greedy" + std::to_string(webhook), kGreedy, WebhookHealth::kHealthy);
            offer(webhook, deliveries);
        }
    }
    // An event for the neighbour's webhook can be sent at once.
    void check_that_the_neighbour_is_served(const std::string& host = "neighbour",
                                            WebhookHealth health = WebhookHealth::kUnknown) {
        BOOST_REQUIRE(try_add(kNeighbours, host, kNeighbour, health));
        scheduler.offer({next_event++, kNeighbours});
        const auto picked = pick();
        const auto theirs = std::find_if(picked.begin(), picked.end(), [](const DeliveryKey& key) {
            return key.webhook_id == kNeighbours;
        });
        BOOST_REQUIRE(theirs != picked.end());
        BOOST_TEST(scheduler.weigh(*theirs, 100));
        scheduler.finish(*theirs, Feedback::kSuccess, Feedback::kSuccess, now);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(slots_are_never_all_taken_by_one_account, Fixture) {
    flood_with_healthy(300, 10);
    BOOST_TEST(pick().size() == alone(limits.in_flight));
    check_that_the_neighbour_is_served("neighbour", WebhookHealth::kHealthy);
}

BOOST_FIXTURE_TEST_CASE(two_busy_accounts_get_the_same, Fixture) {
    flood_with_healthy(100, 40);
    std::vector<DeliveryKey> in_flight = pick();
    for (model::Id webhook = kNeighbours; webhook < kNeighbours + 50; ++webhook) {
        add(webhook, "s" + std::to_string(webhook), kNeighbour, WebhookHealth::kHealthy);
        offer(webhook, 40);
    }
    for (int i = 0; i < 300; ++i) {
        finish({in_flight.front()});
        in_flight.erase(in_flight.begin());
        for (const DeliveryKey& key : pick()) in_flight.push_back(key);
    }
    const auto theirs = std::count_if(in_flight.begin(), in_flight.end(),
                                      [](const DeliveryKey& key) { return key.webhook_id >= kNeighbours; });
    const auto all = static_cast<std::ptrdiff_t>(in_flight.size());
    BOOST_TEST(all > 90);
    BOOST_TEST(std::abs(2 * theirs - all) <= 4);
}

BOOST_FIXTURE_TEST_CASE(slots_of_the_unhealthy_are_never_all_taken_by_one_account, Fixture) {
    flood(300, 1);
    BOOST_TEST(pick().size() == alone(limits.in_flight / 2));
    check_that_the_neighbour_is_served();
}

BOOST_FIXTURE_TEST_CASE(accounts_share_a_host, Fixture) {
    for (model::Id webhook = 1; webhook <= 100; ++webhook) {
        add(webhook, "shared", kGreedy, WebhookHealth::kHealthy);
        offer(webhook, 40);
    }
    std::vector<DeliveryKey> picked;
    for (int i = 0; i < 40; ++i) {
        picked = pick();
        if (i < 39) finish(picked);
    }
    BOOST_TEST(picked.size() == alone(limits.per_host));
    check_that_the_neighbour_is_served("shared", WebhookHealth::kHealthy);
}

BOOST_FIXTURE_TEST_CASE(webhooks_that_wait_for_a_host_take_turns_by_account, Fixture) {
    for (model::Id webhook = 1; webhook <= 100; ++webhook) {
        add(webhook, "shared", kGreedy);
        offer(webhook, 10);
    }
    const auto first = pick();
    for (model::Id webhook = kNeighbours; webhook < kNeighbours + 5; ++webhook) {
        add(webhook, "shared", kNeighbour);
        offer(webhook, 10);
    }
    finish(first);
    auto picked = pick();
    const auto count_theirs = [&picked] {
        return std::count_if(picked.begin(), picked.end(),
                             [](const DeliveryKey& key) { return key.webhook_id >= kNeighbours; });
    };
    for (int i = 0; i < 3; ++i) {
        finish(picked);
        picked = pick();
    }
    BOOST_TEST(count_theirs() * 3 >= static_cast<std::ptrdiff_t>(picked.size()));
}

BOOST_FIXTURE_TEST_CASE(queues_of_the_account_that_has_most_are_evicted, Fixture) {
    flood(3 * limits.queues, 2, true);
    BOOST_TEST(scheduler.queues() == limits.queues);
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    check_that_the_neighbour_is_served();
    BOOST_TEST(scheduler.queues() <= limits.queues);
}

BOOST_FIXTURE_TEST_CASE(a_neighbour_can_have_half_of_the_queues_in_memory, Fixture) {
    flood(2 * limits.queues, 2);
    std::size_t theirs = 0;
    for (model::Id webhook = kNeighbours; webhook < kNeighbours + limits.queues; ++webhook) {
        if (try_add(webhook, "s" + std::to_string(webhook), kNeighbour)) ++theirs;
    }
    BOOST_TEST(theirs * 2 + 2 >= limits.queues);
    BOOST_TEST(theirs * 2 <= limits.queues + 2);
    BOOST_TEST(scheduler.queues() <= limits.queues);
}

BOOST_FIXTURE_TEST_CASE(one_host_does_not_keep_the_others_of_its_account_out_of_memory, Fixture) {
    flood(2 * limits.queues, 2, true);
    BOOST_TEST(!try_add(5000, "greedy", kGreedy));
    add(5001, "another", kGreedy);
}

BOOST_FIXTURE_TEST_CASE(an_evicted_queue_leaves_nothing_behind, Fixture) {
    flood(limits.queues, 60);
    (void)pick();
    for (model::Id webhook = kNeighbours; webhook < kNeighbours + limits.queues; ++webhook) {
        if (try_add(webhook, "s" + std::to_string(webhook), kNeighbour)) offer(webhook, 1);
    }
    std::size_t known = 0;
    for (model::Id webhook = 1; webhook <= limits.queues; ++webhook) {
        if (!scheduler.knows(webhook)) continue;
        ++known;
    }
    BOOST_TEST(known < limits.queues);
    scheduler.forget_waiting();
    BOOST_TEST(scheduler.waiting() == 0U);
    BOOST_TEST(scheduler.queues() <= scheduler.in_flight());
    BOOST_TEST(pick().empty());
    BOOST_TEST(!scheduler.wants_refill());
}

BOOST_FIXTURE_TEST_CASE(bytes_are_never_all_taken_by_one_account, Fixture) {
    flood_with_healthy(300, 4);
    constexpr std::size_t kBytes = 64 * 1024;
    const std::size_t room = limits.bytes / kBytes;
    SchedulerLimits small = limits;
    small.bytes = 20 * kBytes;
    Fixture other(small);
    other.flood_with_healthy(300, 4);
    const auto picked = other.pick();
    BOOST_TEST(picked.size() == alone(20));
    for (const DeliveryKey& key : picked) BOOST_TEST(other.scheduler.weigh(key, kBytes));
    BOOST_TEST(other.pick().empty());
    BOOST_TEST(other.scheduler.bytes() <= small.bytes);
    other.check_that_the_neighbour_is_served("neighbour", WebhookHealth::kHealthy);
    other.finish(picked);
    BOOST_TEST(other.scheduler.bytes() == 0U);
    BOOST_TEST(room > 20U);
}

BOOST_FIXTURE_TEST_CASE(an_event_that_is_too_large_now_is_picked_again_later, Fixture) {
    limits.bytes = 20 * 1000;
    Fixture other(limits);
    other.add(7, "h", kGreedy, WebhookHealth::kHealthy);
    other.offer(7, 10);
    const auto first = other.pick(1);
    BOOST_TEST(other.scheduler.weigh(first[0], 18'000));  // allowed, because it is the only one
    BOOST_TEST(other.pick().empty());
    other.finish(first);
    for (int i = 0; i < 9; ++i) {
        const auto next = other.pick(1);
        BOOST_REQUIRE(next.size() == 1U);
        BOOST_TEST(other.scheduler.weigh(next[0], 18'000));
        other.finish(next);
    }
    BOOST_TEST(other.pick().empty());
}

BOOST_AUTO_TEST_CASE(prefetched_deliveries_are_never_all_of_one_account) {
    Fixture fixture(SchedulerLimits{.in_flight = 100,
                                    .per_host = 50,
                                    .per_webhook = 10,
                                    .queues = 1000,
                                    .waiting_of_one = 400,
                                    .prefetched = 60});
    for (model::Id webhook = 1; webhook <= 5; ++webhook) {
        fixture.add(webhook, "g" + std::to_string(webhook), kGreedy);
        fixture.offer(webhook, 400);
    }
    fixture.add(kNeighbours, "neighbour", kNeighbour);
    std::vector<DeliveryKey> ours;
    const auto claim = [&] {
        for (const DeliveryKey& key : fixture.pick()) ours.push_back(key);
    };
    for (int i = 0; i < 6; ++i) {
        claim();
        if (i < 5) {
            fixture.finish(ours);
            ours.clear();
        }
    }
    BOOST_TEST(fixture.scheduler.prefetched() == alone(60));
}

BOOST_FIXTURE_TEST_CASE(refills_take_turns_by_account, Fixture) {
    flood_with_healthy(30, 60);
    add(kNeighbours, "neighbour", kNeighbour, WebhookHealth::kHealthy);
    offer(kNeighbours, 60);
    for (int i = 0; i < 40; ++i) finish(pick());
    const auto wanted = scheduler.take_refills(2, now);
    BOOST_REQUIRE(wanted.size() == 2U);
    BOOST_TEST((wanted[0].webhook_id == kNeighbours || wanted[1].webhook_id == kNeighbours));
}

BOOST_FIXTURE_TEST_CASE(after_a_restart_the_healthy_are_known, Fixture) {
    // Before the restart 150 webhooks of an account failed, and one was healthy.
    for (model::Id webhook = 1; webhook <= 150; ++webhook) {
        add(webhook, "dead" + std::to_string(webhook), kGreedy, WebhookHealth::kFailing);
        offer(webhook, 10);
    }
    BOOST_TEST(pick().size() == alone(limits.in_flight / 2));
    add(1000, "alive", kGreedy, WebhookHealth::kHealthy);
    offer(1000, 3);
    BOOST_TEST(pick().size() == 3U);
    // Its host is healthy too, so a new webhook of that host need not wait among the unhealthy.
    add(1001, "alive", kGreedy);
    offer(1001, 1);
    finish({{next_event - 4, 1000}});
    BOOST_TEST(by_webhook(pick()).contains(1001));
}

BOOST_FIXTURE_TEST_CASE(receivers_that_failed_before_a_restart_are_probed_by_one, Fixture) {
    add(7, "h", kGreedy, WebhookHealth::kFailing);
    offer(7, 10);
    BOOST_TEST(pick().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stored_success_does_not_hide_a_later_failure, Fixture) {
    add(7, "h");
    offer(7, 1);
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    add(8, "h", kGreedy, WebhookHealth::kHealthy);
    offer(8, 1);
    BOOST_TEST(pick().empty());  // its host is throttled
}

BOOST_FIXTURE_TEST_CASE(failures_and_the_first_success_after_them_are_to_be_recorded, Fixture) {
    add(7);
    BOOST_TEST(!scheduler.note_health(7, false));  // the webhook was not failing before
    BOOST_TEST(scheduler.note_health(7, true));
    BOOST_TEST(scheduler.note_health(7, true));
    BOOST_TEST(scheduler.note_health(7, false));
    BOOST_TEST(!scheduler.note_health(7, false));
    add(8, "h", kGreedy, WebhookHealth::kFailing);
    BOOST_TEST(scheduler.note_health(8, false));
    // Another daemon has recorded a failure.
    scheduler.set_recorded_failing(8, true);
    BOOST_TEST(scheduler.note_health(8, false));
}

BOOST_FIXTURE_TEST_CASE(webhooks_of_a_healthy_host_need_no_slot_of_the_unhealthy, Fixture) {
    flood(300, 1);
    (void)pick();
    add(500, "new", kGreedy);
    add(501, "new", kGreedy);
    offer(500, 1);
    offer(501, 1);
    BOOST_TEST(pick().empty());  // one account has taken all slots of the unhealthy that it may
    add(kNeighbours, "new", kNeighbour);
    offer(kNeighbours, 1);
    const auto theirs = pick();
    BOOST_REQUIRE(theirs.size() == 1U);
    finish(theirs);
    BOOST_TEST(by_webhook(pick()).size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_moves_during_a_refill_asks_once, Fixture) {
    add(7, "before");
    offer(7, 60);
    for (int i = 0; i < 4; ++i) finish(pick());
    (void)pick();
    const auto wanted = scheduler.take_refills(10, now);
    BOOST_REQUIRE(wanted.size() == 1U);
    scheduler.move_webhook(7, "after");
    BOOST_TEST(!scheduler.wants_refill());
    scheduler.refill(wanted[0], std::nullopt);
    (void)pick();
    BOOST_TEST(!scheduler.wants_refill());
}
