#define BOOST_TEST_MODULE webhook_health
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/connection/schema.hpp"
#include "sql/deliveries/delivery_queue.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/test_database.hpp"

// The health of receivers, as a starting daemon reads it.

using db::WebhookHealth;

namespace {

constexpr model::Id kWebhook = 50;
const security::SecretCipher kSecrets(security::SecretCipher::Key{1, 2, 3});

struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings()};
    db::Connection connection;
    db::DeliveryQueue queue;

    Fixture() : connection(migrated(admin, schema)), queue(connection, kSecrets, 1) {
        admin.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, "
            "created_at, "
            "created_by) VALUES (?, 7, 2, 'https://example.com/', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1)",
            {kWebhook});
    }
    static db::Connection migrated(db::Connection& admin, testing::TestSchema& schema) {
        db::migrate(admin);
        return db::Connection(schema.settings_of("deliver"));
    }
    // status: as stored in the database. Unfinished deliveries are due.
    void add_delivery(model::Id event, std::uint64_t status) {
        const bool is_done = status == 1 || status == 3;
        admin.execute(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try) VALUES "
            "(?, ?, 7, UTC_TIMESTAMP(6), ?, IF(?, NULL, UTC_TIMESTAMP(6)))",
            {event, kWebhook, status, std::uint64_t{is_done}});
    }
    void record(std::initializer_list<bool> fails) {
        db::ClaimBatch batch;
        for (const bool one : fails) {
            db::FinishedDelivery finished;
            finished.key = {1, kWebhook};
            finished.status = model::DeliveryStatus::kRescheduled;
            finished.next_try_in = std::chrono::seconds{60};
            finished.attempt_id = model::generate_id();
            finished.webhook_fails = one;
            batch.finished.push_back(finished);
        }
        (void)queue.record_and_claim(batch);
    }
    WebhookHealth health() {
        const auto found = queue.addresses({kWebhook});
        BOOST_REQUIRE_EQUAL(found.size(), 1U);
        return found[0].health;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_health_of_a_new_webhook_is_unknown, Fixture) {
    BOOST_CHECK(health() == WebhookHealth::kUnknown);
    add_delivery(1, 0);
    add_delivery(2, 2);
    BOOST_CHECK(health() == WebhookHealth::kUnknown);
}

BOOST_FIXTURE_TEST_CASE(the_last_finished_delivery_decides, Fixture) {
    add_delivery(1, 3);
    BOOST_CHECK(health() == WebhookHealth::kUnknown);
    add_delivery(2, 1);
    add_delivery(3, 0);
    BOOST_CHECK(health() == WebhookHealth::kHealthy);
    add_delivery(4, 3);
    BOOST_CHECK(health() == WebhookHealth::kUnknown);
}

BOOST_FIXTURE_TEST_CASE(a_failing_webhook_stays_failing_until_it_recovers, Fixture) {
    add_delivery(2, 1);
    record({true});
    BOOST_CHECK(health() == WebhookHealth::kFailing);
    record({true});
    BOOST_CHECK(health() == WebhookHealth::kFailing);
    record({false});
    BOOST_CHECK(health() == WebhookHealth::kHealthy);
    record({false});
    BOOST_CHECK(health() == WebhookHealth::kHealthy);
}

BOOST_FIXTURE_TEST_CASE(the_last_of_several_outcomes_counts, Fixture) {
    record({false, true});
    BOOST_CHECK(health() == WebhookHealth::kFailing);
    record({true, false});
    BOOST_CHECK(health() == WebhookHealth::kUnknown);
}

BOOST_FIXTURE_TEST_CASE(the_work_does_not_grow_with_a_webhooks_events, Fixture) {
    for (int batch = 0; batch < 10; ++batch) {
        std::string rows;
        for (int i = 1; i <= 1000; ++i) {
            rows += (i == 1 ? "(" : ", (") + std::to_string(batch * 1000 + i) +
                    ", 50, 7, UTC_TIMESTAMP(6), 1, NULL)";
        }
        admin.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try) "
            "VALUES " +
            rows);
    }
    (void)admin.query_text("ANALYZE TABLE deliveries, webhooks");
    testing::StatementLog log(admin);
    db::DeliveryQueue as_admin(admin, kSecrets, 1);
    BOOST_REQUIRE_EQUAL(as_admin.addresses({kWebhook, 51}).size(), 1U);
    const auto statements = log.statements();
    BOOST_REQUIRE_EQUAL(statements.size(), 1U);
    const auto plan = log.explain(statements[0]);
    BOOST_TEST(std::ranges::count(plan, "deliveries_webhook", &testing::PlanStep::key) == 1);
    for (const testing::PlanStep& step : plan) {
        BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
        BOOST_TEST(step.extra.find("filesort") == std::string::npos);
        BOOST_TEST(step.extra.find("temporary") == std::string::npos);
    }
}
