#define BOOST_TEST_MODULE webhook_health
#include "sql/deliveries/webhook_health.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <future>
#include <optional>
#include <string>

#include "sql/connection/schema.hpp"
#include "sql/deliveries/delivery_queue.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/test_database.hpp"

// The health of receivers, as a starting daemon reads it, and what becomes of webhooks that only fail.

using db::DisableStep;
using db::WebhookHealth;
using std::chrono::days;
using std::chrono::hours;

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
    static db::ClaimBatch batch_of(std::initializer_list<bool> fails, db::Generation generation = 0) {
        db::ClaimBatch batch;
        for (const bool one : fails) {
            db::FinishedDelivery& finished = batch.finished.emplace_back();
            finished.key = {1, kWebhook};
            finished.generation = generation;
            finished.status = one ? model::DeliveryStatus::kRescheduled : model::DeliveryStatus::kSucceeded;
            if (one) finished.next_try_in = std::chrono::seconds{60};
            finished.attempt_id = model::generate_id();
            finished.webhook_fails = one;
        }
        return batch;
    }
    void record(std::initializer_list<bool> fails, db::Generation generation = 0) {
        (void)queue.record_and_claim(batch_of(fails, generation));
    }
    // The recorded time, or an empty text.
    std::string failing_since() {
        const db::Rows rows =
            admin.query("SELECT since FROM failing_webhooks WHERE webhook_id = ?", {kWebhook});
        return rows.empty() ? "" : rows.text(0, 0);
    }
    // As if the webhook had failed for that long, and had been warned that long ago.
    void fail_since(hours ago, std::optional<hours> warned = {}) {
        admin.execute(
            "REPLACE INTO failing_webhooks (webhook_id, since, warned_at) VALUES"
            " (?, UTC_TIMESTAMP(6) - INTERVAL ? HOUR, UTC_TIMESTAMP(6) - INTERVAL ? HOUR)",
            {kWebhook, static_cast<std::uint64_t>(ago.count()),
             warned ? db::Parameter(static_cast<std::uint64_t>(warned->count())) : db::Parameter(nullptr)});
    }
    // The reason, or an empty text while it is enabled.
    std::string disabled_reason() {
        const db::Rows rows = admin.query(
            "SELECT enabled, COALESCE(disabled_reason, '') FROM webhooks WHERE id = ?", {kWebhook});
        BOOST_TEST(rows.flag(0, 0) == rows.text(0, 1).empty());
        return rows.text(0, 1);
    }
    std::string mails() {
        const db::Rows rows = admin.query_text(
            "SELECT COALESCE(GROUP_CONCAT(kind ORDER BY kind), '') FROM webhook_mails WHERE claimed_at IS NULL");
        return rows.text(0, 0);
    }
    WebhookHealth health() {
        const auto found = queue.addresses({kWebhook});
        BOOST_REQUIRE_EQUAL(found.size(), 1U);
        return found[0].health;
    }
};

constexpr db::DisablePolicy kFiveDays{.after = days{5}, .warning = days{1}};
constexpr db::DisablePolicy kOneDay{.after = days{1}};

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

BOOST_FIXTURE_TEST_CASE(it_fails_since_the_first_of_the_failures_in_a_row, Fixture) {
    record({true});
    const std::string first = failing_since();
    BOOST_TEST(!first.empty());
    record({true, true});
    BOOST_TEST(failing_since() == first);
    record({true, false});
    BOOST_TEST(failing_since().empty());
    record({true});
    const std::string second = failing_since();
    BOOST_TEST(second > first);
    record({false, true});
    BOOST_TEST(failing_since() > second);
}

BOOST_FIXTURE_TEST_CASE(a_failure_from_before_a_fresh_start_does_not_count, Fixture) {
    admin.execute("UPDATE webhooks SET generation = 5 WHERE id = ?", {kWebhook});
    record({true}, 4);
    BOOST_TEST(failing_since().empty());
    record({true}, 5);
    BOOST_TEST(!failing_since().empty());
}

BOOST_FIXTURE_TEST_CASE(a_deleted_webhook_leaves_no_row, Fixture) {
    admin.execute("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {kWebhook});
    record({true});
    BOOST_TEST(failing_since().empty());
}

BOOST_FIXTURE_TEST_CASE(a_claim_says_whether_the_webhook_is_recorded_as_failing, Fixture) {
    admin.execute("UPDATE webhooks SET secret = UNHEX(?) WHERE id = ?",
                  {db::Bytes{kSecrets.seal(kWebhook, std::string(32, 's'))}, kWebhook});
    admin.execute_text(
        "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
        " VALUES (9, 7, 2, 'scan_started', '{}', UTC_TIMESTAMP(6))");
    for (const bool fails : {true, false, true}) {
        add_delivery(9, 0);
        db::ClaimBatch batch = batch_of({fails});
        batch.wanted = {{9, kWebhook}};
        batch.lease_time = std::chrono::seconds{30};
        const auto outcome = queue.record_and_claim(batch);
        BOOST_REQUIRE_EQUAL(outcome.claimed.size(), 1U);
        BOOST_TEST(outcome.claimed[0].webhook_failing == fails);
        admin.execute_text("DELETE FROM deliveries");
    }
}

BOOST_AUTO_TEST_CASE(a_failure_warns_and_then_disables) {
    struct Case {
        db::DisablePolicy policy;
        hours failing_for;
        std::optional<hours> warned_for;
        DisableStep step;
    };
    const std::array cases{
        Case{{}, days{900}, {}, DisableStep::kNone},
        Case{kFiveDays, hours{95}, {}, DisableStep::kNone},
        Case{kFiveDays, hours{96}, {}, DisableStep::kWarn},
        Case{kFiveDays, hours{119}, hours{23}, DisableStep::kNone},
        Case{kFiveDays, hours{120}, hours{23}, DisableStep::kNone},
        Case{kFiveDays, hours{120}, hours{24}, DisableStep::kDisable},
        Case{kFiveDays, hours{119}, hours{24}, DisableStep::kNone},  // a clock was set
        // Nothing was sent for long: it is warned all the same.
        Case{kFiveDays, days{30}, {}, DisableStep::kWarn},
        Case{kFiveDays, days{30}, hours{1}, DisableStep::kNone},
        Case{kFiveDays, days{31}, days{1}, DisableStep::kDisable},
        Case{kOneDay, hours{23}, {}, DisableStep::kNone},
        Case{kOneDay, hours{24}, {}, DisableStep::kDisable},
    };
    for (const Case& one : cases) {
        BOOST_TEST_CONTEXT(one.failing_for.count()) {
            BOOST_CHECK(next_step(one.policy, {.failing_for = one.failing_for,
                                               .warned_for = one.warned_for}) == one.step);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_has_only_failed_for_days_is_disabled, Fixture) {
    db::DeliveryQueue strict(connection, kSecrets, 1, kFiveDays);
    const auto fail = [&] { return strict.record_and_claim(batch_of({true})).disabled_webhooks; };
    BOOST_TEST(fail().empty());
    fail_since(hours{90});
    BOOST_TEST(fail().empty());
    BOOST_TEST(mails().empty());
    fail_since(hours{97});
    BOOST_TEST(fail().empty());
    BOOST_TEST(mails() == "failing");
    BOOST_TEST(fail().empty());
    BOOST_TEST(disabled_reason().empty());
    fail_since(hours{121}, hours{24});
    const std::string since = failing_since();
    const auto disabled = fail();
    BOOST_REQUIRE_EQUAL(disabled.size(), 1U);
    BOOST_TEST(disabled[0].webhook_id == kWebhook);
    BOOST_TEST(disabled[0].account_id == 7U);
    std::string time = since;
    time.replace(time.find(' '), 1, "T");
    BOOST_TEST(disabled[0].failing_since.value() == time + "Z");
    BOOST_TEST(disabled_reason() == "All deliveries have failed since " + time + "Z.");
    BOOST_TEST(mails() == "failing,disabled");
    BOOST_TEST(failing_since() == since);
    BOOST_TEST(fail().empty());  // it is disabled already
    // Enabled again within the day, and disabled again: that makes no second mail.
    admin.execute_text("UPDATE webhooks SET enabled = TRUE, disabled_reason = NULL");
    BOOST_TEST(fail().size() == 1U);
    BOOST_TEST(mails() == "failing,disabled");
}

BOOST_FIXTURE_TEST_CASE(a_success_prevents_that, Fixture) {
    db::DeliveryQueue strict(connection, kSecrets, 1, kFiveDays);
    fail_since(days{6}, days{2});
    (void)strict.record_and_claim(batch_of({true, false}));
    BOOST_TEST(failing_since().empty());
    fail_since(days{6}, days{2});
    (void)strict.record_and_claim(batch_of({false, true}));
    BOOST_TEST(!failing_since().empty());
    BOOST_TEST(disabled_reason().empty());
    // Another daemon records a success at the same time.
    fail_since(days{6}, days{2});
    db::Transaction transaction(admin);
    admin.execute("DELETE FROM failing_webhooks WHERE webhook_id = ?", {kWebhook});
    auto failure = std::async(std::launch::async, [&] {
        return strict.record_and_claim(batch_of({true})).disabled_webhooks.size();
    });
    transaction.commit();
    BOOST_TEST(failure.get() == 0U);
    BOOST_TEST(disabled_reason().empty());
    BOOST_TEST(!failing_since().empty());
}

BOOST_FIXTURE_TEST_CASE(of_several_daemons_one_disables, Fixture) {
    fail_since(days{6}, days{2});
    std::vector<std::future<std::size_t>> daemons;
    for (model::Id lease = 1; lease <= 4; ++lease) {
        daemons.push_back(std::async(std::launch::async, [this, lease] {
            db::Connection own(schema.settings_of("deliver"));
            db::DeliveryQueue its_queue(own, kSecrets, lease, kFiveDays);
            for (;;) {
                try {
                    return its_queue.record_and_claim(batch_of({true})).disabled_webhooks.size();
                } catch (const db::Error& error) {
                    if (!error.is(db::ErrorCategory::kRetry)) throw;  // a deadlock, which the daemon repeats
                }
            }
        }));
    }
    std::size_t disabled = 0;
    for (auto& daemon : daemons) disabled += daemon.get();
    BOOST_TEST(disabled == 1U);
    BOOST_TEST(mails() == "disabled");
}

BOOST_FIXTURE_TEST_CASE(a_webhook_whose_receiver_is_gone_is_disabled_at_once, Fixture) {
    db::ClaimBatch batch = batch_of({true});
    batch.finished[0].status = model::DeliveryStatus::kFailed;
    batch.finished[0].webhook_gone = true;
    const auto disabled = queue.record_and_claim(batch).disabled_webhooks;
    BOOST_REQUIRE_EQUAL(disabled.size(), 1U);
    BOOST_TEST(!disabled[0].failing_since);
    BOOST_TEST(disabled_reason() == "The receiver answered 410 Gone.");
    BOOST_TEST(mails() == "disabled");
    BOOST_TEST(queue.record_and_claim(batch).disabled_webhooks.empty());
}

BOOST_FIXTURE_TEST_CASE(only_the_first_failure_and_the_first_success_write, Fixture) {
    // How many statements of this connection have written to a table other than deliveries.
    const auto writes = [&] {
        const db::Rows rows = connection.query_text(
            "SHOW SESSION STATUS WHERE Variable_name IN ('Com_insert', 'Com_delete', 'Com_update')");
        std::uint64_t sum = 0;
        for (std::size_t row = 0; row < rows.size(); ++row) sum += rows.number(row, 1);
        return sum;
    };
    const auto writes_of = [&](db::ClaimBatch batch) {
        const std::uint64_t before = writes();
        for (db::FinishedDelivery& one : batch.finished) one.attempt_id = 0;
        (void)queue.record_and_claim(batch);
        return writes() - before;
    };
    db::ClaimBatch healthy = batch_of({false});
    healthy.finished[0].webhook_fails.reset();
    BOOST_TEST(writes_of(healthy) == 0U);
    BOOST_TEST(writes_of(batch_of({true})) == 1U);
    BOOST_TEST(writes_of(batch_of({true})) == 0U);
    BOOST_TEST(writes_of(batch_of({false})) == 1U);
    BOOST_TEST(writes_of(healthy) == 0U);
}

BOOST_FIXTURE_TEST_CASE(every_statement_on_health_goes_by_an_index, Fixture) {
    constexpr const char* kMany =
        "WITH RECURSIVE n AS (SELECT 100 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) ";
    admin.execute_text(
        "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at,"
        " created_by) " +
        std::string(kMany) +
        "SELECT i, 7, 2, 'https://example.com/', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1 FROM n");
    admin.execute_text("INSERT INTO failing_webhooks (webhook_id, since) " + std::string(kMany) +
                       "SELECT i, UTC_TIMESTAMP(6) FROM n");
    (void)admin.query_text("ANALYZE TABLE webhooks, failing_webhooks");
    testing::StatementLog log(admin);
    db::DeliveryQueue as_admin(admin, kSecrets, 1, kFiveDays);
    for (const std::optional<hours> warned : {std::optional<hours>{}, std::optional(hours{24})}) {
        fail_since(days{6}, warned);
        (void)as_admin.record_and_claim(batch_of({true}));
        (void)as_admin.record_and_claim(batch_of({false}));
    }
    std::size_t judged = 0;
    for (const std::string& statement : log.statements()) {
        if (statement.find("failing_webhooks") == std::string::npos || statement.starts_with("REPLACE"))
            continue;
        ++judged;
        BOOST_TEST_CONTEXT(statement) {
            for (const testing::PlanStep& step : log.explain(statement)) {
                BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
                BOOST_TEST((step.type != "ALL" && step.type != "index"));
            }
        }
    }
    BOOST_TEST(judged == 4U);  // hold, mark, disable, remove
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
