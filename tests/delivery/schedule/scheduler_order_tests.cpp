// The scheduler, for ordered webhooks.
#define BOOST_TEST_MODULE scheduler_order
#include <boost/test/unit_test.hpp>
#include <vector>

#include "delivery/schedule/scheduler.hpp"
#include "tests/support/scheduler_fixture.hpp"

using delivery::Feedback;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DeliveryKey;

namespace {

constexpr model::Id kOrdered = 7;

struct Fixture : testing::SchedulerFixture {
    Fixture() { add_ordered(); }

    void add_ordered(model::Id webhook = kOrdered) {
        BOOST_REQUIRE(scheduler.add_webhook({.webhook_id = webhook,
                                             .account_id = testing::kAccount,
                                             .url = {},
                                             .health = db::WebhookHealth::kUnknown,
                                             .generation = 0,
                                             .ordered = true},
                                            testing::kHost, now));
    }
    // The refill that the webhook needs now, after nothing was picked.
    db::DueOf wanted() {
        BOOST_TEST(pick().empty());
        const auto refills = scheduler.take_refills(10, now);
        BOOST_REQUIRE(refills.size() == 1U);
        BOOST_TEST(refills[0].in_order);
        BOOST_TEST(refills[0].webhook_id == kOrdered);
        return refills[0];
    }
    void needs_nothing() {
        BOOST_TEST(pick().empty());
        BOOST_TEST(scheduler.take_refills(10, now).empty());
    }
    void refill(const db::DueOf& refill_of, const std::vector<model::Id>& due, bool is_all = true) {
        std::vector<db::UnfinishedDelivery> found;
        for (const model::Id event : due) found.push_back({{event, kOrdered}, {}});
        scheduler.refill_in_order(refill_of, found, is_all, now);
    }
    void refill_waiting(const db::DueOf& refill_of, model::Id event, microseconds due_in) {
        const db::UnfinishedDelivery head{{event, kOrdered}, due_in};
        scheduler.refill_in_order(refill_of, {&head, 1}, true, now);
    }
    // The one delivery that may go now.
    DeliveryKey picked() {
        const auto all = pick();
        BOOST_REQUIRE(all.size() == 1U);
        return all[0];
    }
    void end(const DeliveryKey& key, Feedback feedback = Feedback::kSuccess) {
        scheduler.finish(key, feedback, Feedback::kSuccess, now);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_offer_makes_the_queue_read_the_database, Fixture) {
    scheduler.offer({5, kOrdered});
    BOOST_TEST(scheduler.waiting() == 0U);
    refill(wanted(), {3, 5});
    BOOST_TEST(scheduler.waiting() == 2U);
    BOOST_TEST(picked().event_id == 3U);
}

BOOST_FIXTURE_TEST_CASE(one_goes_at_a_time_in_the_order_of_events, Fixture) {
    scheduler.offer({9, kOrdered});
    refill(wanted(), {2, 3, 5});
    for (const model::Id event : {2U, 3U, 5U}) {
        const DeliveryKey key = picked();
        BOOST_TEST(key.event_id == event);
        BOOST_TEST(scheduler.at_once(kOrdered) == 1U);
        needs_nothing();
        end(key);
    }
    needs_nothing();
    BOOST_TEST(!scheduler.knows(kOrdered));
}

BOOST_FIXTURE_TEST_CASE(nothing_is_prefetched, Fixture) {
    scheduler.offer({1, kOrdered});
    refill(wanted(), {1, 2, 3, 4, 5, 6, 7, 8});
    for (int i = 0; i < 7; ++i) end(picked());
    BOOST_TEST(scheduler.prefetched() == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_is_found_meanwhile_takes_its_place, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 8});
    const DeliveryKey first = picked();
    scheduler.offer({4, kOrdered});  // scheduled again
    scheduler.offer({9, kOrdered});
    needs_nothing();
    end(first);
    DeliveryKey key = picked();
    BOOST_TEST(key.event_id == 4U);
    end(key);
    key = picked();
    BOOST_TEST(key.event_id == 8U);
    end(key);
    // Another one may be before event 9, so the database is read again.
    refill(wanted(), {6, 9});
    BOOST_TEST(picked().event_id == 6U);
}

BOOST_FIXTURE_TEST_CASE(after_a_failure_nothing_goes_before_the_database_was_read, Fixture) {
    for (const Feedback feedback : {Feedback::kFailure, Feedback::kNone}) {
        scheduler.offer({5, kOrdered});
        refill(wanted(), {5, 6});
        end(picked(), feedback);
        BOOST_TEST(scheduler.waiting() == 0U);
        refill(wanted(), {6});  // event 5 has failed for good
        end(picked());
        needs_nothing();
        add_ordered();
    }
}

BOOST_FIXTURE_TEST_CASE(all_wait_for_a_first_delivery_that_is_tried_later, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 6});
    end(picked(), Feedback::kFailure);
    refill_waiting(wanted(), 5, seconds{30});
    for (model::Id event = 6; event < 100; ++event) {
        scheduler.offer({event, kOrdered});
        needs_nothing();
    }
    BOOST_TEST(scheduler.waiting() == 0U);
    BOOST_CHECK(scheduler.next_change() == now + seconds{5});
    // Now and then only the head is read.
    for (int i = 0; i < 3; ++i) {
        now = scheduler.next_change();
        const db::DueOf look = wanted();
        BOOST_TEST(look.head == 5U);
        refill_waiting(look, 5, seconds{20});
        needs_nothing();
        BOOST_CHECK(scheduler.next_change() == now + seconds{5});
    }
    // It is due, and a scan finds it.
    scheduler.offer({5, kOrdered});
    const db::DueOf all = wanted();
    BOOST_TEST(all.head == 0U);
    refill(all, {5, 6, 7});
    BOOST_TEST(picked().event_id == 5U);
}

BOOST_FIXTURE_TEST_CASE(a_head_that_is_due_soon_is_waited_for_exactly, Fixture) {
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, milliseconds{700});
    needs_nothing();
    BOOST_CHECK(scheduler.next_change() == now + milliseconds{700});
    now = scheduler.next_change();
    const db::DueOf look = wanted();
    BOOST_TEST(look.head == 5U);
    refill(look, {5});
    refill(wanted(), {5, 6});
    BOOST_TEST(picked().event_id == 5U);
}

BOOST_FIXTURE_TEST_CASE(when_the_head_has_ended_elsewhere_the_next_goes, Fixture) {
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, seconds{30});
    needs_nothing();
    now += seconds{5};
    refill(wanted(), {});
    const db::DueOf all = wanted();
    BOOST_TEST(all.head == 0U);
    refill(all, {6});
    BOOST_TEST(picked().event_id == 6U);
}

BOOST_FIXTURE_TEST_CASE(an_older_event_that_is_scheduled_again_ends_the_wait, Fixture) {
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, seconds{30});
    needs_nothing();
    scheduler.offer({3, kOrdered});
    const std::vector<db::UnfinishedDelivery> found{{{3, kOrdered}, {}}, {{5, kOrdered}, seconds{20}}};
    scheduler.refill_in_order(wanted(), found, true, now);
    const DeliveryKey older = picked();
    BOOST_TEST(older.event_id == 3U);
    end(older);
    refill_waiting(wanted(), 5, seconds{20});
    needs_nothing();
}

BOOST_FIXTURE_TEST_CASE(a_fresh_start_ends_the_wait, Fixture) {
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, seconds{3600});
    needs_nothing();
    scheduler.start_afresh(kOrdered, testing::kHost, 2);
    const db::DueOf all = wanted();
    BOOST_TEST(all.head == 0U);
    refill(all, {5});
    BOOST_TEST(picked().event_id == 5U);
}

BOOST_FIXTURE_TEST_CASE(only_what_is_due_before_the_first_that_is_not_goes, Fixture) {
    scheduler.offer({5, kOrdered});
    const std::vector<db::UnfinishedDelivery> found{
        {{4, kOrdered}, {}}, {{5, kOrdered}, seconds{10}}, {{6, kOrdered}, {}}};
    scheduler.refill_in_order(wanted(), found, true, now);
    end(picked());
    refill_waiting(wanted(), 5, seconds{10});
    needs_nothing();
}

BOOST_FIXTURE_TEST_CASE(the_lease_of_another_worker_is_waited_for, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 6});
    const DeliveryKey key = picked();
    scheduler.give_up(key, now);
    scheduler.wait_for_others(key, now, seconds{30});
    needs_nothing();
    BOOST_CHECK(scheduler.next_change() == now + seconds{1});
    now = scheduler.next_change();
    const db::DueOf look = wanted();
    BOOST_TEST(look.head == 5U);
    refill_waiting(look, 5, seconds{29});
    needs_nothing();
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_must_go_first_goes_at_once, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 6});
    scheduler.give_up(picked(), now);
    scheduler.wait_in_order(kOrdered, 3, now, {});
    BOOST_TEST(scheduler.waiting() == 1U);
    const DeliveryKey key = picked();
    BOOST_TEST(key.event_id == 3U);
    end(key);
    refill(wanted(), {5});
    BOOST_TEST(scheduler.waiting() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_long_queue_is_read_in_larger_and_larger_parts, Fixture) {
    scheduler.offer({1, kOrdered});
    std::vector<std::size_t> sizes;
    model::Id event = 1;
    for (int i = 0; i < 5; ++i) {
        const db::DueOf part = wanted();
        sizes.push_back(part.most);
        std::vector<model::Id> due(part.most);
        for (model::Id& one : due) one = event++;
        refill(part, due, false);
        for (std::size_t n = 0; n < part.most; ++n) end(picked());
    }
    BOOST_TEST((sizes == std::vector<std::size_t>{40, 80, 160, 320, 320}));
    refill(wanted(), {event});
    end(picked());
    needs_nothing();
    BOOST_TEST(!scheduler.knows(kOrdered));
}

BOOST_FIXTURE_TEST_CASE(long_queues_are_read_one_by_one, Fixture) {
    for (const model::Id webhook : {8U, 9U}) add_ordered(webhook);
    for (const model::Id webhook : {7U, 8U, 9U}) scheduler.offer({1, webhook});
    BOOST_TEST(pick().empty());
    const auto first = scheduler.take_refills(10, now);
    BOOST_TEST(first.size() == 3U);
    for (const db::DueOf& one : first) {
        const db::UnfinishedDelivery due{{1, one.webhook_id}, {}};
        scheduler.refill_in_order(one, {&due, 1}, false, now);
    }
    finish(pick());
    BOOST_TEST(pick().empty());
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(scheduler.wants_refill());
        BOOST_TEST(scheduler.take_refills(10, now).size() == 1U);
    }
    BOOST_TEST(!scheduler.wants_refill());
}

BOOST_FIXTURE_TEST_CASE(an_ordered_webhook_that_waits_holds_up_no_other, Fixture) {
    add(8);
    add_ordered(9);
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, seconds{30});
    needs_nothing();
    offer(8, 3);
    BOOST_TEST(pick().size() == 3U);
    scheduler.offer({5, 9});
    BOOST_TEST(pick().empty());
    const auto refills = scheduler.take_refills(10, now);
    BOOST_REQUIRE(refills.size() == 1U);
    const db::UnfinishedDelivery due{{5, 9}, {}};
    scheduler.refill_in_order(refills[0], {&due, 1}, true, now);
    BOOST_TEST(pick().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_becomes_ordered_when_its_requests_have_ended, Fixture) {
    add(8);
    offer(8, 10);
    const auto first = pick();
    BOOST_TEST(first.size() == 4U);
    scheduler.set_ordered(8, true);
    needs_nothing();
    BOOST_TEST(scheduler.waiting() == 0U);
    for (const DeliveryKey& key : first) {
        needs_nothing();
        end(key);
    }
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.take_refills(10, now).at(0).in_order);
}

BOOST_FIXTURE_TEST_CASE(a_claim_tells_that_a_webhook_is_ordered, Fixture) {
    add(8);
    offer(8, 2);
    const auto both = pick();
    scheduler.give_up(both[1], now);
    scheduler.wait_in_order(8, both[0].event_id, now, {});
    needs_nothing();
    end(both[0]);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.take_refills(10, now).at(0).in_order);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_not_ordered_any_more_gets_several_at_once, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 6});
    const DeliveryKey first = picked();
    scheduler.set_ordered(kOrdered, false);
    BOOST_TEST(pick().empty());
    const auto refills = scheduler.take_refills(10, now);
    BOOST_REQUIRE(refills.size() == 1U);
    BOOST_TEST(!refills[0].in_order);
    for (model::Id event = 5; event < 20; ++event) scheduler.offer({event, kOrdered});
    scheduler.refill(refills[0], std::nullopt);
    BOOST_TEST(pick().size() == 3U);
    end(first);
}

BOOST_FIXTURE_TEST_CASE(queues_that_wait_for_their_heads_are_evicted_for_others, Fixture) {
    model::Id webhook = 1000;
    while (scheduler.queues() < limits.queues) add_ordered(webhook++);
    BOOST_TEST(!try_add(1, testing::kHost));
    scheduler.offer({5, kOrdered});
    refill_waiting(wanted(), 5, seconds{30});
    BOOST_TEST(try_add(1, testing::kHost));
    BOOST_TEST(!scheduler.knows(kOrdered));
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_webhook_goes_after_its_request, Fixture) {
    scheduler.offer({5, kOrdered});
    refill(wanted(), {5, 6});
    const DeliveryKey key = picked();
    scheduler.forget(kOrdered);
    end(key, Feedback::kFailure);
    needs_nothing();
    BOOST_TEST(!scheduler.knows(kOrdered));
    BOOST_TEST(scheduler.waiting() == 0U);
}
