#define BOOST_TEST_MODULE fresh_starts
// The queue of deliveries and webhooks that start afresh, and deliveries that it can't record or claim.
#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/deliveries/delivery_queue.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "tests/support/delivery_queue_fixture.hpp"

using namespace testing::delivery_queue;

BOOST_FIXTURE_TEST_CASE(an_outcome_counts_only_for_its_generation, Fixture) {
    const auto keys = add_some(3);
    Worker worker(schema, kOurs);
    const auto claimed = worker.claim(keys).claimed;
    BOOST_REQUIRE(claimed.size() == 3U);
    BOOST_TEST(claimed[0].generation == 0U);
    admin.execute_text("UPDATE webhooks SET generation = 7");
    auto gone = finished(keys[0], DeliveryStatus::kFailed);
    gone.webhook_gone = true;
    auto put_off = finished(keys[1], DeliveryStatus::kRescheduled);
    put_off.next_try_in = std::chrono::hours{4};
    put_off.retries = 2;
    const auto outcome = worker.queue.record_and_claim(
        {.finished = {gone, put_off, finished(keys[2], DeliveryStatus::kSucceeded)},
         .given_back = {},
         .wanted = {},
         .lease_time = {}});
    BOOST_TEST(outcome.recorded == 3U);
    BOOST_CHECK((outcome.outdated == std::vector<DeliveryKey>{keys[0], keys[1]}));
    for (const DeliveryKey& key : {keys[0], keys[1]}) {
        BOOST_TEST(value(key, "CONCAT_WS(',', status, lease, next_try <= UTC_TIMESTAMP(6))") == "2,0,1");
    }
    BOOST_TEST(value(keys[1], "retries") == "2");
    BOOST_TEST(value(keys[2], "status") == "1");
    BOOST_TEST(admin.query("SELECT enabled FROM webhooks").number(0, 0) == 1U);
    BOOST_TEST(admin.query("SELECT COUNT(*) FROM attempts").number(0, 0) == 3U);

    // Requests from now on count.
    BOOST_TEST(worker.claim({keys[0]}).claimed.at(0).generation == 7U);
    gone.generation = 7;
    gone.attempt_id = model::generate_id();
    BOOST_TEST(worker.record(gone).outdated.empty());
    BOOST_TEST(admin.query("SELECT enabled FROM webhooks").number(0, 0) == 0U);
}

BOOST_FIXTURE_TEST_CASE(recent_fresh_starts_are_found, Fixture) {
    for (const model::Id webhook : {1U, 2U, 3U}) add_webhook(webhook);
    Worker worker(schema, kOurs);
    BOOST_TEST(worker.queue.fresh_starts(seconds{5}).empty());
    {
        db::Transaction transaction(admin);
        db::start_afresh(admin, 1);
        db::start_afresh(admin, 2);
        transaction.commit();
    }
    admin.execute_text("UPDATE webhooks SET generation = generation - 60000000 WHERE id = 2");
    const auto found = worker.queue.fresh_starts(seconds{50});
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].webhook_id == 1U);
    BOOST_TEST(worker.queue.addresses({1}).at(0).generation == found[0].generation);
    BOOST_TEST(worker.queue.fresh_starts(seconds{70}).size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(waiting_deliveries_are_due_after_a_fresh_start, Fixture) {
    add_webhook(kWebhook);
    for (model::Id event = 1; event <= 300; ++event) {
        add_delivery({event, kWebhook}, "UTC_TIMESTAMP(6) + INTERVAL " + std::to_string(event) + " MINUTE");
    }
    admin.execute_text("UPDATE deliveries SET next_try = NULL WHERE event_id = 300");
    const auto waiting = [this] {
        return admin.query("SELECT COUNT(*) FROM deliveries WHERE next_try > UTC_TIMESTAMP(6)").number(0, 0);
    };
    db::start_afresh(admin, kWebhook);
    BOOST_TEST(waiting() < 299U);  // the first of them are due at once
    Worker worker(schema, kOurs);
    while (worker.queue.make_waiting_due(kWebhook, 30) == 30) continue;
    BOOST_TEST(waiting() == 0U);
    BOOST_TEST(value({300, kWebhook}, "next_try IS NULL") == "1");
}

BOOST_FIXTURE_TEST_CASE(long_answers_are_recorded_in_several_statements, Fixture) {
    const auto keys = add_some(200);
    Worker worker(schema, kOurs);
    BOOST_TEST(worker.claim(keys).claimed.size() == keys.size());
    db::ClaimBatch batch;
    for (const DeliveryKey& key : keys) {
        auto& one = batch.finished.emplace_back(finished(key, DeliveryStatus::kRescheduled));
        one.next_try_in = seconds{30};
        one.reason = std::string(255, 'r');
        one.answer = std::string(1024, 'a');
    }
    BOOST_TEST(worker.queue.record_and_claim(batch).recorded == keys.size());
    BOOST_TEST(admin.query("SELECT COUNT(*) FROM attempts WHERE LENGTH(answer) = 1024").number(0, 0) ==
               keys.size());
    BOOST_TEST(admin.query("SELECT COUNT(*) FROM deliveries WHERE LENGTH(reason) = 255").number(0, 0) ==
               keys.size());
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_can_not_be_claimed_is_put_off, Fixture) {
    const auto keys = add_some(2);
    Worker worker(schema, kOurs);
    BOOST_TEST(worker.claim({keys[0]}).claimed.size() == 1U);
    BOOST_TEST(Worker(schema, kOthers).claim({keys[1]}).claimed.size() == 1U);
    for (const DeliveryKey& key : keys) worker.queue.put_off(key);
    BOOST_TEST(value(keys[0], "lease = 0 AND next_try > UTC_TIMESTAMP(6) + INTERVAL 4 MINUTE") == "1");
    BOOST_TEST(value(keys[1], "lease = 1002 AND next_try <= UTC_TIMESTAMP(6)") ==
               "1");  // another worker holds it
}
