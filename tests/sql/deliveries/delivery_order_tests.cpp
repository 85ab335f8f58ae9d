// Claims of ordered webhooks: one at a time, by the ids of the events.
#define BOOST_TEST_MODULE delivery_order
#include "sql/deliveries/delivery_order.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sql/deliveries/delivery_store.hpp"
#include "tests/support/delivery_queue_fixture.hpp"
#include "tests/support/statement_log.hpp"

using namespace testing::delivery_queue;
using std::chrono::microseconds;

namespace {

struct Ordered : Fixture {
    Worker ours{schema, kOurs};
    Worker others{schema, kOthers};
    const std::vector<DeliveryKey> keys = add_ordered(5);

    // One ordered webhook with this number of due deliveries, of events 1, 2, ...
    std::vector<DeliveryKey> add_ordered(std::size_t count) {
        auto added = add_some(count);
        admin.execute_text("UPDATE webhooks SET ordered = TRUE");
        return added;
    }
    static std::vector<DeliveryKey> claimed(const db::ClaimBatchOutcome& outcome) {
        std::vector<DeliveryKey> claims;
        for (const db::ClaimedDelivery& claim : outcome.claimed) claims.push_back(claim.key);
        return claims;
    }
    bool takes(Worker& worker, const DeliveryKey& key) {
        return claimed(worker.claim({key})) == std::vector<DeliveryKey>{key};
    }
    // Records a request that failed, and whose next try is due in that time.
    static void fail(Worker& worker, const DeliveryKey& key, microseconds next_try_in) {
        auto one = finished(key, DeliveryStatus::kRescheduled);
        one.next_try_in = next_try_in;
        BOOST_TEST(worker.record(one).recorded == 1U);
    }
    static void succeed(Worker& worker, const DeliveryKey& key) {
        BOOST_TEST(worker.record(finished(key, DeliveryStatus::kSucceeded)).recorded == 1U);
    }
    model::Id claimed_last() {
        return admin.query("SELECT event_id FROM ordered_webhooks WHERE webhook_id = 50").number(0, 0);
    }
    std::vector<model::Id> in_order(const db::DueOf& wanted) {
        std::vector<model::Id> events;
        for (const auto& one : ours.queue.unfinished_of({wanted})) events.push_back(one.key.event_id);
        return events;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(of_a_batch_only_the_smallest_event_is_claimed, Ordered) {
    const auto outcome = ours.claim({keys[2], keys[1], keys[3]});
    BOOST_REQUIRE(outcome.claimed.size() == 1U);
    BOOST_CHECK(outcome.claimed[0].key == keys[1]);
    BOOST_TEST(outcome.claimed[0].ordered);
    BOOST_REQUIRE(outcome.waiting.size() == 2U);
    for (const db::WaitingDelivery& one : outcome.waiting) BOOST_TEST(one.behind == keys[1].event_id);
    BOOST_TEST(value(keys[2], "lease") == "0");
    BOOST_TEST(claimed_last() == keys[1].event_id);
}

BOOST_FIXTURE_TEST_CASE(while_a_request_is_in_flight_no_other_is_claimed, Ordered) {
    BOOST_TEST(takes(ours, keys[1]));
    for (Worker* const worker : {&ours, &others}) {
        for (const DeliveryKey& key : {keys[0], keys[2]}) {
            const auto outcome = worker->claim({key});
            BOOST_TEST(outcome.claimed.empty());
            BOOST_REQUIRE(outcome.waiting.size() == 1U);
            BOOST_TEST(outcome.waiting[0].behind == keys[1].event_id);
            BOOST_TEST((outcome.waiting[0].time > seconds{20}));
        }
    }
    succeed(ours, keys[1]);
    BOOST_TEST(takes(others, keys[0]));  // an older one that came late
    succeed(others, keys[0]);
    BOOST_TEST(takes(ours, keys[2]));
}

BOOST_FIXTURE_TEST_CASE(a_later_event_waits_for_the_retry_of_the_one_before, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    fail(ours, keys[0], seconds{30});
    auto outcome = others.claim({keys[1]});
    BOOST_REQUIRE(outcome.waiting.size() == 1U);
    BOOST_TEST((outcome.waiting[0].time > seconds{25}));
    BOOST_TEST((outcome.waiting[0].time <= seconds{30}));
    admin.execute_text("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) WHERE event_id = 1");
    outcome = others.claim({keys[1]});
    BOOST_REQUIRE(outcome.waiting.size() == 1U);
    BOOST_TEST(outcome.waiting[0].time.count() == 0);
    BOOST_TEST(takes(others, keys[0]));
    BOOST_TEST(others.record(finished(keys[0], DeliveryStatus::kFailed)).recorded == 1U);
    BOOST_TEST(takes(ours, keys[1]));
}

BOOST_FIXTURE_TEST_CASE(the_outcome_and_the_next_claim_may_share_a_batch, Ordered) {
    const auto batch = [&](const DeliveryKey& ended, DeliveryStatus status, const DeliveryKey& next) {
        auto one = finished(ended, status);
        if (status == DeliveryStatus::kRescheduled) one.next_try_in = seconds{30};
        return ours.queue.record_and_claim(
            {.finished = {one}, .given_back = {}, .wanted = {next}, .lease_time = seconds{30}});
    };
    BOOST_TEST(takes(ours, keys[0]));
    BOOST_TEST(batch(keys[0], DeliveryStatus::kSucceeded, keys[1]).claimed.size() == 1U);
    const auto outcome = batch(keys[1], DeliveryStatus::kRescheduled, keys[2]);
    BOOST_TEST(outcome.claimed.empty());
    BOOST_REQUIRE(outcome.waiting.size() == 1U);
    BOOST_TEST(outcome.waiting[0].behind == keys[1].event_id);
}

BOOST_FIXTURE_TEST_CASE(an_older_event_that_is_tried_again_goes_first, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    succeed(ours, keys[0]);
    BOOST_TEST(takes(ours, keys[3]));
    fail(ours, keys[3], seconds{30});
    admin.execute_text(
        "UPDATE deliveries SET status = 0, next_try = UTC_TIMESTAMP(6) WHERE event_id IN (1, 4)");
    BOOST_TEST(
        (in_order({.webhook_id = kWebhook, .most = 2, .in_order = true}) == std::vector<model::Id>{1, 2}));
    BOOST_TEST(takes(others, keys[0]));
    BOOST_TEST(others.claim({keys[1]}).waiting.size() == 1U);
    BOOST_TEST(others.claim({keys[3]}).waiting.size() == 1U);
    succeed(others, keys[0]);
    BOOST_TEST(takes(ours, keys[1]));
}

BOOST_FIXTURE_TEST_CASE(after_its_lease_the_delivery_of_a_dead_worker_is_repeated_first, Ordered) {
    BOOST_TEST(claimed(others.claim({keys[0]}, seconds{3600})).size() == 1U);
    BOOST_TEST(ours.claim({keys[0]}).busy.size() == 1U);
    BOOST_TEST(ours.claim({keys[1]}).waiting.size() == 1U);
    admin.execute_text("UPDATE deliveries SET lease_until = UTC_TIMESTAMP(6) WHERE event_id = 1");
    const auto outcome = ours.claim({keys[1]});
    BOOST_REQUIRE(outcome.waiting.size() == 1U);
    BOOST_TEST(outcome.waiting[0].time.count() == 0);
    BOOST_TEST(takes(ours, keys[0]));
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_is_gone_holds_nothing_up, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    admin.execute_text("DELETE FROM deliveries WHERE event_id = 1");
    BOOST_TEST(takes(others, keys[1]));
}

BOOST_FIXTURE_TEST_CASE(a_released_delivery_holds_up_later_ones_only, Ordered) {
    BOOST_TEST(takes(ours, keys[1]));
    static_cast<void>(ours.queue.record_and_claim(
        {.finished = {}, .given_back = {keys[1]}, .wanted = {}, .lease_time = {}}));
    BOOST_TEST(others.claim({keys[2]}).waiting.size() == 1U);
    BOOST_TEST(takes(others, keys[0]));
}

BOOST_FIXTURE_TEST_CASE(a_repeated_batch_has_the_same_effect, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    const db::ClaimBatch batch{.finished = {finished(keys[0], DeliveryStatus::kSucceeded)},
                               .given_back = {},
                               .wanted = {keys[1], keys[2]},
                               .lease_time = seconds{30}};
    for (int times = 0; times < 2; ++times) {
        const auto outcome = ours.queue.record_and_claim(batch);
        BOOST_TEST((claimed(outcome) == std::vector<DeliveryKey>{keys[1]}));
        BOOST_REQUIRE(outcome.waiting.size() == 1U);
        BOOST_CHECK(outcome.waiting[0].key == keys[2]);
        BOOST_TEST(claimed_last() == keys[1].event_id);
    }
}

BOOST_FIXTURE_TEST_CASE(deliveries_of_a_disabled_webhook_fail_in_any_order, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    fail(ours, keys[0], seconds{30});
    admin.execute_text("UPDATE webhooks SET enabled = FALSE");
    BOOST_TEST(ours.claim({keys[2], keys[1]}).disabled.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_was_put_off_stays_the_first, Ordered) {
    admin.execute_text("UPDATE webhooks SET secret = x'0102'");
    BOOST_TEST(ours.claim({keys[0]}).unreadable.size() == 1U);
    const auto found = ours.queue.unfinished_of({{.webhook_id = kWebhook, .most = 2, .in_order = true}});
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_CHECK(found[0].key == keys[0]);
    BOOST_TEST((found[0].due_in > seconds{200}));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_not_ordered_any_more_waits_for_nothing, Ordered) {
    BOOST_TEST(takes(ours, keys[0]));
    admin.execute_text("UPDATE webhooks SET ordered = FALSE");
    BOOST_TEST(ours.claim({keys[1], keys[2]}).claimed.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(two_ordered_webhooks_do_not_wait_for_each_other, Ordered) {
    add_webhook(kWebhook + 1, "ordered = TRUE");
    add_webhook(kWebhook + 2);
    for (const model::Id webhook : {kWebhook + 1, kWebhook + 2}) {
        add_delivery({2, webhook});
        add_delivery({3, webhook});
    }
    BOOST_TEST(takes(ours, keys[0]));
    const auto outcome = ours.claim({{2, kWebhook}, {2, kWebhook + 1}, {2, kWebhook + 2}, {3, kWebhook + 2}});
    BOOST_TEST(outcome.claimed.size() == 3U);
    BOOST_TEST(outcome.waiting.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_workers_wait_for_each_others_claims, Ordered) {
    const db::Transaction transaction(admin);
    admin.execute_text("INSERT INTO ordered_webhooks VALUES (50, 1)");
    others.connection.execute_text("SET SESSION innodb_lock_wait_timeout = 1");
    BOOST_CHECK_THROW(static_cast<void>(others.claim({keys[1]})), db::Error);
    BOOST_TEST(value(keys[1], "lease") == "0");
}

BOOST_FIXTURE_TEST_CASE(the_unfinished_are_found_in_the_order_of_events, Ordered) {
    // The order of the times differs from that of the events.
    admin.execute_text("UPDATE deliveries SET next_try = next_try - INTERVAL event_id SECOND");
    admin.execute_text("UPDATE deliveries SET status = 1, next_try = NULL WHERE event_id = 2");
    admin.execute_text(
        "UPDATE deliveries SET status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 30 SECOND WHERE event_id = 3");
    const db::DueOf all{.webhook_id = kWebhook, .most = 10, .in_order = true};
    BOOST_TEST((in_order(all) == std::vector<model::Id>{1, 3, 4, 5}));
    const auto found = ours.queue.unfinished_of({all});
    BOOST_TEST(found[0].due_in.count() == 0);
    BOOST_TEST((found[1].due_in > seconds{25}));
    BOOST_TEST(
        (in_order({.webhook_id = kWebhook, .most = 2, .in_order = true}) == std::vector<model::Id>{1, 3}));
    for (const char* change : {"enabled = FALSE", "deleted_at = UTC_TIMESTAMP(6)", "ordered = FALSE"}) {
        BOOST_TEST_CONTEXT(change) {
            admin.execute_text("UPDATE webhooks SET enabled = TRUE, ordered = TRUE, deleted_at = NULL");
            admin.execute_text(std::string("UPDATE webhooks SET ") + change);
            BOOST_TEST((in_order(all) == std::vector<model::Id>{1, 4, 5}));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_head_is_looked_at_with_its_lease, Ordered) {
    const auto head = [&](model::Id event) {
        return ours.queue.unfinished_of(
            {{.webhook_id = kWebhook, .most = 10, .in_order = true, .head = event}});
    };
    BOOST_REQUIRE(head(2).size() == 1U);
    BOOST_TEST(head(2)[0].due_in.count() == 0);
    BOOST_TEST(takes(others, keys[1]));
    BOOST_TEST((head(2).at(0).due_in > seconds{20}));
    fail(others, keys[1], seconds{300});
    BOOST_TEST((head(2).at(0).due_in > seconds{200}));
    admin.execute_text("UPDATE webhooks SET enabled = FALSE");
    BOOST_TEST(head(2).empty());
    admin.execute_text("UPDATE webhooks SET enabled = TRUE");
    admin.execute_text("UPDATE deliveries SET status = 1, next_try = NULL WHERE event_id = 2");
    BOOST_TEST(head(2).empty());
}

BOOST_FIXTURE_TEST_CASE(an_address_says_whether_the_webhook_is_ordered, Ordered) {
    add_webhook(kWebhook + 1);
    const auto addresses = ours.queue.addresses({kWebhook, kWebhook + 1});
    BOOST_REQUIRE(addresses.size() == 2U);
    BOOST_TEST(addresses[0].ordered);
    BOOST_TEST(!addresses[1].ordered);
}

// A batch without ordered webhooks costs no more than if there were none at all.
BOOST_FIXTURE_TEST_CASE(webhooks_that_are_not_ordered_cost_no_statement, Ordered) {
    add_webhook(kWebhook + 1);
    add_delivery({1, kWebhook + 1});
    testing::StatementLog log(admin);
    db::DeliveryQueue queue(admin, kSecrets, kOurs);
    const db::ClaimBatch batch{
        .finished = {}, .given_back = {}, .wanted = {{1, kWebhook + 1}}, .lease_time = seconds{30}};
    BOOST_TEST(queue.record_and_claim(batch).claimed.size() == 1U);
    const auto statements = log.statements();
    BOOST_TEST(statements.size() == 5U);  // lock, events, webhooks, their former secrets, lease
    for (const std::string& statement : statements) {
        BOOST_TEST(statement.find("ordered_webhooks") == std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(no_statement_reads_more_than_it_needs, Ordered) {
    admin.execute_text(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
        " WITH RECURSIVE n AS (SELECT 1000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1900)"
        " SELECT i, i, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM n");
    (void)admin.query_text("ANALYZE TABLE deliveries");
    testing::StatementLog log(admin);
    const std::vector<db::DueOf> wanted{{.webhook_id = kWebhook, .most = 10, .in_order = true},
                                        {.webhook_id = 7, .most = 10, .in_order = true, .head = 3}};
    const std::vector<model::Id> webhooks{kWebhook, 7};
    for (const std::string& statement : {db::select_in_order(wanted), db::select_claimed_last(webhooks)}) {
        BOOST_TEST_CONTEXT(statement) {
            bool on_deliveries = false;
            for (const testing::PlanStep& step : log.explain(statement)) {
                if (step.table != "deliveries" && step.table != "d") continue;
                on_deliveries = true;
                BOOST_TEST((step.type != "ALL" && step.type != "index"));
                BOOST_TEST((step.key == "PRIMARY" || step.extra.find("Using index") != std::string::npos));
            }
            BOOST_TEST(on_deliveries);
        }
    }
}
