#define BOOST_TEST_MODULE scheduler
#include "delivery/schedule/scheduler.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/scheduler_fixture.hpp"

using delivery::Feedback;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::alone;
using testing::DeliveryKey;
using Fixture = testing::SchedulerFixture;

BOOST_FIXTURE_TEST_CASE(deliveries_are_picked_once_in_the_order_offered, Fixture) {
    add(7);
    offer(7, 3);
    scheduler.offer({2, 7});
    const auto picked = pick();
    BOOST_REQUIRE(picked.size() == 3U);
    for (std::size_t i = 0; i < 3; ++i) BOOST_CHECK((picked[i] == DeliveryKey{i + 1, 7}));
    scheduler.offer({2, 7});
    BOOST_TEST(pick().empty());
    finish(picked);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.in_flight() == 0U);
    BOOST_TEST(scheduler.queues() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_webhooks_window_grows_with_its_successes_up_to_its_limit, Fixture) {
    add(7);
    offer(7, 40);
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 4; ++i) {
        const auto picked = pick();
        sizes.push_back(picked.size());
        finish(picked);
    }
    BOOST_TEST((sizes == std::vector<std::size_t>{4, 8, 10, 10}));
}

BOOST_FIXTURE_TEST_CASE(a_host_is_limited_however_many_webhooks_it_has, Fixture) {
    for (model::Id webhook = 1; webhook <= 200; ++webhook) {
        add(webhook);
        offer(webhook, 5);
    }
    std::size_t sent = 0;
    std::size_t most = 0;
    for (int i = 0; i < 100 && sent < 1000; ++i) {
        const auto picked = pick();
        most = std::max(most, picked.size());
        sent += picked.size();
        finish(picked);
    }
    BOOST_TEST(sent == 1000U);
    BOOST_TEST(most == alone(limits.per_host));
}

BOOST_FIXTURE_TEST_CASE(in_all_there_are_no_more_than_the_limit, Fixture) {
    for (model::Id webhook = 1; webhook <= 300; ++webhook) {
        add(webhook, "h" + std::to_string(webhook));
        offer(webhook, 1);
        finish(pick());  // their hosts are healthy
    }
    BOOST_TEST(pick().empty());
    for (model::Id webhook = 1; webhook <= 300; ++webhook) {
        add(webhook, "h" + std::to_string(webhook));
        offer(webhook, 2);
    }
    BOOST_TEST(pick().size() == alone(limits.in_flight));
    BOOST_TEST(scheduler.in_flight() == alone(limits.in_flight));
}

BOOST_FIXTURE_TEST_CASE(webhooks_take_turns, Fixture) {
    for (const model::Id webhook : {1U, 2U, 3U}) {
        add(webhook, "h" + std::to_string(webhook));
        offer(webhook, webhook == 1 ? 40 : 2);
    }
    const auto picked = pick(6);
    BOOST_CHECK((by_webhook(picked) == std::map<model::Id, int>{{1, 2}, {2, 2}, {3, 2}}));
}

BOOST_FIXTURE_TEST_CASE(the_unhealthy_take_at_most_half_of_the_slots, Fixture) {
    for (model::Id webhook = 1; webhook <= 100; ++webhook) {
        add(webhook, "dead" + std::to_string(webhook));
        offer(webhook, 40);
    }
    BOOST_TEST(pick().size() == alone(limits.in_flight / 2));
    // A new webhook of a working host waits for a slot of the unhealthy.
    add(1000, "alive");
    offer(1000, 1);
    BOOST_TEST(pick().empty());
    std::vector<DeliveryKey> ended;
    for (model::Id webhook = 1; ended.size() < 4; ++webhook)
        ended.push_back({(webhook - 1) * 40 + 1, webhook});
    finish(ended, Feedback::kSlow, Feedback::kSlow);
    const auto counts = by_webhook(pick());
    BOOST_TEST(counts.size() == 4U);  // those that waited longest
}

BOOST_FIXTURE_TEST_CASE(a_healthy_receiver_never_waits_for_the_dead, Fixture) {
    add(1000, "alive");
    offer(1000, 1);
    finish(pick());
    BOOST_TEST(pick().empty());
    BOOST_TEST(!scheduler.knows(1000));
    for (model::Id webhook = 1; webhook <= 100; ++webhook) {
        add(webhook, "dead" + std::to_string(webhook));
        offer(webhook, 40);
    }
    BOOST_TEST(pick().size() == alone(limits.in_flight / 2));
    add(1000, "alive");
    offer(1000, 3);
    BOOST_TEST(pick().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_dead_receiver_is_probed_by_one_then_ramped_up, Fixture) {
    add(7);
    offer(7, 40);
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    BOOST_TEST(pick().empty());
    BOOST_CHECK(scheduler.next_change() == now + seconds{1});
    for (const int pause : {2, 4, 8}) {
        now = scheduler.next_change();
        const auto probe = pick();
        BOOST_TEST(probe.size() == 1U);
        BOOST_TEST(pick().empty());
        finish(probe, Feedback::kSlow, Feedback::kSlow);
        BOOST_TEST(pick().empty());
        BOOST_CHECK(scheduler.next_change() == now + seconds{pause});
    }
    std::vector<std::size_t> sizes;
    now = scheduler.next_change();
    for (int i = 0; i < 5; ++i) {
        const auto picked = pick();
        sizes.push_back(picked.size());
        finish(picked);
    }
    // The host's window is 2 after the probe, and one request of it is left to other accounts.
    BOOST_TEST((sizes == std::vector<std::size_t>{1, 1, 2, 4, 8}));
}

BOOST_FIXTURE_TEST_CASE(a_slow_webhook_does_not_slow_others_of_its_host, Fixture) {
    add(1);
    add(2);
    offer(1, 10);
    offer(2, 10);
    const auto first = pick(2);  // one each
    scheduler.finish(first[0], Feedback::kSlow, Feedback::kNone, now);
    scheduler.finish(first[1], Feedback::kSuccess, Feedback::kSuccess, now);
    const auto counts = by_webhook(pick());
    BOOST_TEST(!counts.contains(1));
    BOOST_TEST(counts.at(2) == 5);
}

BOOST_FIXTURE_TEST_CASE(an_unreachable_host_is_probed_once_for_all_its_webhooks, Fixture) {
    for (model::Id webhook = 1; webhook <= 30; ++webhook) {
        add(webhook);
        offer(webhook, 2);
    }
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    BOOST_TEST(pick().empty());
    now += seconds{2};
    BOOST_TEST(pick().size() == 1U);
    BOOST_TEST(pick().empty());
}

BOOST_FIXTURE_TEST_CASE(a_host_that_answers_one_webhook_is_reachable_for_all, Fixture) {
    for (model::Id webhook = 1; webhook <= 5; ++webhook) {
        add(webhook);
        offer(webhook, 2);
    }
    const auto first = pick(2);
    scheduler.finish(first[0], Feedback::kSlow, Feedback::kSlow, now);
    BOOST_TEST(pick().empty());
    // This request was in flight when the other could not reach the host.
    scheduler.finish(first[1], Feedback::kFailure, Feedback::kSuccess, now);
    const auto counts = by_webhook(pick());
    BOOST_TEST(counts.size() == 1U);  // one request of the host's two is left to other accounts
    BOOST_TEST(!counts.contains(first[0].webhook_id));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_comes_back_gets_all_deliveries, Fixture) {
    for (model::Id webhook = 1; webhook <= 30; ++webhook) {
        add(webhook);
        offer(webhook, 2);
    }
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    std::set<std::pair<model::Id, model::Id>> sent;
    for (int i = 0; i < 1000; ++i) {
        now += milliseconds{100};
        const auto picked = pick();
        for (const DeliveryKey& key : picked) sent.emplace(key.event_id, key.webhook_id);
        finish(picked);
    }
    BOOST_TEST(sent.size() == 56U);  // all but the four that failed first
    BOOST_TEST(scheduler.waiting() == 0U);
    BOOST_TEST(scheduler.queues() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_queue_that_runs_low_asks_for_a_refill, Fixture) {
    add(7);
    offer(7, 60);  // 20 more than it holds
    BOOST_TEST(scheduler.waiting() == limits.waiting_of_one);
    BOOST_TEST(scheduler.take_refills(10, now).empty());
    std::size_t sent = 0;
    for (int i = 0; i < 10; ++i) {
        const auto picked = pick();
        sent += picked.size();
        finish(picked);
        for (const db::DueOf& wanted : scheduler.take_refills(10, now)) {
            offer(wanted.webhook_id, static_cast<int>(60 - next_event + 1));
            scheduler.refill(wanted, std::nullopt);
        }
    }
    BOOST_TEST(sent == 40U);  // the other 20 were ignored, and not offered again
}

BOOST_FIXTURE_TEST_CASE(a_throttled_queue_does_not_ask_for_a_refill, Fixture) {
    add(7);
    offer(7, 60);
    auto picked = pick();
    finish(picked, Feedback::kSlow);
    for (int i = 0; i < 5; ++i) BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.take_refills(10, now).empty());
}

BOOST_FIXTURE_TEST_CASE(deliveries_of_other_workers_are_asked_for_again_later, Fixture) {
    add(7);
    offer(7, 1);
    const auto picked = pick();
    scheduler.wait_for_others(picked[0], now, seconds{30});
    scheduler.give_up(picked[0], now);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.take_refills(10, now).empty());
    BOOST_TEST(scheduler.knows(7));
    now += seconds{1};
    BOOST_TEST(pick().empty());
    const auto wanted = scheduler.take_refills(10, now);
    BOOST_REQUIRE(wanted.size() == 1U);
    BOOST_TEST(wanted[0].webhook_id == 7U);
    scheduler.refill(wanted[0], std::nullopt);
    BOOST_TEST(pick().empty());
    BOOST_TEST(!scheduler.knows(7));
}

BOOST_FIXTURE_TEST_CASE(memory_is_bounded_however_much_is_due, Fixture) {
    for (model::Id webhook = 1; webhook <= 3 * limits.queues; ++webhook) {
        if (try_add(webhook, "h" + std::to_string(webhook))) offer(webhook, 100);
    }
    BOOST_TEST(scheduler.queues() == limits.queues);
    BOOST_TEST(scheduler.waiting() == limits.queues * limits.waiting_of_one);
}

BOOST_FIXTURE_TEST_CASE(queues_that_are_throttled_for_long_are_evicted, Fixture) {
    for (model::Id webhook = 1; webhook <= limits.queues; ++webhook) {
        add(webhook, "h" + std::to_string(webhook));
        offer(webhook, 1);
    }
    BOOST_TEST(!try_add(5000, "other"));
    for (int i = 0; i < 40; ++i) {
        for (const DeliveryKey& key : pick())
            scheduler.finish(key, Feedback::kSlow, Feedback::kNone, now, seconds{600});
    }
    BOOST_TEST(try_add(5000, "other"));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_moves_counts_at_its_new_host, Fixture) {
    add(7, "before");
    offer(7, 10);
    const auto before = pick();
    BOOST_TEST(before.size() == 4U);
    scheduler.move_webhook(7, "after");
    finish(before);
    const auto after = pick();
    BOOST_TEST(after.size() == 4U);  // the new host's window
    finish(after);
    finish(pick());
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.queues() == 0U);
}

BOOST_FIXTURE_TEST_CASE(refills_read_on_for_a_second_then_from_the_start, Fixture) {
    add(7);
    offer(7, 60);
    finish(pick());
    finish(pick());
    finish(pick());  // 22 of its 40 are done, so it is half empty
    BOOST_TEST(pick().size() == 10U);
    auto wanted = scheduler.take_refills(10, now);
    BOOST_REQUIRE(wanted.size() == 1U);
    BOOST_TEST(!wanted[0].behind);
    BOOST_TEST(wanted[0].most == 32U + 8U + 10U);  // the room in the queue, and what the answer repeats
    scheduler.refill(wanted[0], db::DuePosition{"a time", {77, 7}});
    BOOST_TEST(pick().empty());
    wanted = scheduler.take_refills(10, now + milliseconds{999});
    BOOST_REQUIRE(wanted.size() == 1U);
    BOOST_REQUIRE(wanted[0].behind);
    BOOST_CHECK((wanted[0].behind->key == DeliveryKey{77, 7}));
    BOOST_TEST(wanted[0].most == 32U);
    scheduler.refill(wanted[0], db::DuePosition{"a time", {99, 7}});
    BOOST_TEST(pick().empty());
    BOOST_TEST(!scheduler.take_refills(10, now + seconds{1})[0].behind);
}

BOOST_FIXTURE_TEST_CASE(after_reading_on_to_the_end_the_start_is_read_again, Fixture) {
    add(7);
    offer(7, 60);
    for (int i = 0; i < 3; ++i) finish(pick());
    BOOST_TEST(pick().size() == 10U);
    const auto first = scheduler.take_refills(10, now);
    scheduler.refill(first.at(0), db::DuePosition{"a time", {77, 7}});
    BOOST_TEST(pick().empty());
    const auto second = scheduler.take_refills(10, now);
    scheduler.refill(second.at(0), std::nullopt);  // the end
    BOOST_TEST(pick().empty());
    const auto third = scheduler.take_refills(10, now);
    BOOST_REQUIRE(third.size() == 1U);
    BOOST_TEST(!third[0].behind);
    scheduler.refill(third[0], std::nullopt);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.take_refills(10, now).empty());
}

BOOST_FIXTURE_TEST_CASE(a_refill_that_failed_is_repeated, Fixture) {
    add(7);
    offer(7, 60);
    for (int i = 0; i < 3; ++i) finish(pick());
    BOOST_TEST(pick().size() == 10U);
    BOOST_TEST(scheduler.take_refills(10, now).size() == 1U);
    scheduler.ask_again(7);
    BOOST_TEST(pick().empty());
    const auto wanted = scheduler.take_refills(10, now);
    BOOST_REQUIRE(wanted.size() == 1U);
    BOOST_TEST(!wanted[0].behind);
}

BOOST_FIXTURE_TEST_CASE(forgetting_keeps_the_requests_in_flight, Fixture) {
    add(7);
    add(8);
    offer(7, 10);
    const auto picked = pick();
    scheduler.forget_waiting();
    BOOST_TEST(scheduler.waiting() == 0U);
    BOOST_TEST(!scheduler.knows(8));
    BOOST_TEST(pick().empty());
    finish(picked);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.queues() == 0U);
}
