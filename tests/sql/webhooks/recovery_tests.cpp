#define BOOST_TEST_MODULE recovery
#include "sql/webhooks/recovery.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "sql/connection/session.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using db::Recovery;
using testing::number;
using AtCommit = testing::DatabaseProxy::AtCommit;

constexpr auto kForever = Recovery::Clock::time_point::max();
const model::Time kBeginning = "1970-01-01T00:00:00.000000Z";

// Event n of a webhook occurred n seconds after 2026-01-01.
struct Fixture : testing::WebhookDatabase {
    model::Id webhook = add_webhook(of_target());
    model::Id other = add_webhook(of_target());

    Fixture() {
        connection.execute_text("DELETE FROM deliveries");
        connection.execute_text("UPDATE webhooks SET generation = 0");
    }

    // Adds failed deliveries of the events first to last. The server limits how deep a recursion may be.
    void fail(model::Id of, std::uint64_t first, std::uint64_t last) {
        constexpr std::uint64_t kAtOnce = 900;
        for (; first <= last; first += kAtOnce) {
            connection.execute(
                "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, retries,"
                " reason, first_try) WITH RECURSIVE s (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM s WHERE n < ?)"
                " SELECT n, ?, ?, '2026-01-01' + INTERVAL n SECOND, 3, NULL, 7, 'timeout', UTC_TIMESTAMP(6) FROM s",
                {first, std::min(first + kAtOnce - 1, last), of, target.account_id});
        }
    }
    [[nodiscard]] std::uint64_t with(model::Id of, const std::string& condition) {
        return number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND " + condition,
                      {of});
    }
    [[nodiscard]] std::uint64_t failed(model::Id of) { return with(of, "status = 3"); }
    [[nodiscard]] std::uint64_t generation(model::Id of) {
        return number(connection, "SELECT generation FROM webhooks WHERE id = ?", {of});
    }
    bool run(Recovery& recovery) { return recovery.run(connection, of_target(), webhook, kForever); }
};

std::string second(int seconds) {
    return "2026-01-01T00:00:0" + std::to_string(seconds) + ".000000Z";
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_failed_is_as_if_it_were_new, Fixture) {
    fail(webhook, 1, 5);
    fail(other, 1, 5);
    connection.execute("UPDATE deliveries SET status = event_id - 1 WHERE webhook_id = ? AND event_id < 4",
                       {webhook});
    Recovery recovery(kBeginning, std::nullopt);
    BOOST_TEST(run(recovery));
    BOOST_TEST(recovery.scheduled() == 2U);
    BOOST_TEST(!recovery.has_more());
    BOOST_TEST(with(webhook,
                    "status = 0 AND event_id IN (4, 5) AND next_try <= UTC_TIMESTAMP(6) AND retries = 0"
                    " AND reason IS NULL AND first_try IS NULL AND lease = 0") == 2U);
    BOOST_TEST(with(webhook, "event_id < 4 AND reason = 'timeout'") == 3U);
    BOOST_TEST(failed(other) == 5U);
    BOOST_TEST(generation(webhook) > 0U);
    BOOST_TEST(generation(other) == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_period_begins_with_its_first_time_and_ends_before_its_last, Fixture) {
    fail(webhook, 1, 5);
    Recovery recovery(second(2), second(4));
    BOOST_TEST(run(recovery));
    BOOST_TEST(recovery.scheduled() == 2U);
    BOOST_TEST(with(webhook, "status = 0 AND event_id IN (2, 3)") == 2U);
    Recovery empty(second(5), second(5));
    BOOST_TEST(run(empty));
    BOOST_TEST(empty.scheduled() == 0U);
    BOOST_TEST(!empty.has_more());
}

BOOST_FIXTURE_TEST_CASE(without_an_end_it_is_now, Fixture) {
    fail(webhook, 1, 2);
    connection.execute_text(
        "UPDATE deliveries SET occurred_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE event_id = 2");
    Recovery recovery(kBeginning, std::nullopt);
    BOOST_TEST(run(recovery));
    BOOST_TEST(recovery.scheduled() == 1U);
    BOOST_TEST(failed(webhook) == 1U);
}

BOOST_FIXTURE_TEST_CASE(events_of_one_time_are_all_recovered, Fixture) {
    fail(webhook, 1, 2 * db::kRecoveryBatch + 1);
    connection.execute_text("UPDATE deliveries SET occurred_at = '2026-01-01'");
    Recovery recovery("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000001Z");
    BOOST_TEST(run(recovery));
    BOOST_TEST(recovery.scheduled() == 2 * db::kRecoveryBatch + 1);
    BOOST_TEST(failed(webhook) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_call_has_a_limit_and_the_next_one_goes_on, Fixture) {
    fail(webhook, 1, db::kMostRecovered + 1);
    Recovery first(kBeginning, std::nullopt);
    BOOST_TEST(run(first));
    BOOST_TEST(first.scheduled() == db::kMostRecovered);
    BOOST_TEST(first.has_more());
    BOOST_TEST(with(webhook, "status = 3 AND event_id = 10001") == 1U);  // the oldest events come first
    Recovery second(kBeginning, std::nullopt);
    BOOST_TEST(run(second));
    BOOST_TEST(second.scheduled() == 1U);
    BOOST_TEST(!second.has_more());
}

BOOST_FIXTURE_TEST_CASE(no_batch_begins_when_the_time_is_over, Fixture) {
    fail(webhook, 1, db::kRecoveryBatch + 1);
    Recovery recovery(kBeginning, std::nullopt);
    BOOST_TEST(recovery.run(connection, of_target(), webhook, Recovery::Clock::now()));
    BOOST_TEST(recovery.scheduled() == db::kRecoveryBatch);
    BOOST_TEST(recovery.has_more());
}

BOOST_FIXTURE_TEST_CASE(the_webhook_starts_afresh_once_and_only_if_there_is_something, Fixture) {
    Recovery nothing(kBeginning, std::nullopt);
    BOOST_TEST(run(nothing));
    BOOST_TEST(generation(webhook) == 0U);
    fail(webhook, 1, 3 * db::kRecoveryBatch);
    connection.execute("UPDATE webhooks SET generation = ? WHERE id = ?", {std::uint64_t{1} << 62, webhook});
    Recovery recovery(kBeginning, std::nullopt);
    BOOST_TEST(run(recovery));
    BOOST_TEST(generation(webhook) == (std::uint64_t{1} << 62) + 1);
}

BOOST_FIXTURE_TEST_CASE(each_owner_recovers_its_own, Fixture) {
    fail(webhook, 1, 3);
    for (const model::Owner& neighbour : {of_account(), of_other_target(), of_other_account()}) {
        Recovery recovery(kBeginning, std::nullopt);
        BOOST_TEST(!recovery.run(connection, neighbour, webhook, kForever));
        BOOST_TEST(recovery.scheduled() == 0U);
    }
    BOOST_TEST(db::remove_webhook(connection, of_target(), webhook));
    Recovery recovery(kBeginning, std::nullopt);
    BOOST_TEST(!run(recovery));
    BOOST_TEST(failed(webhook) == 3U);
    BOOST_TEST(with(webhook, "next_try IS NOT NULL") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_batch_whose_commit_got_no_answer_counts_once, Fixture) {
    for (const AtCommit fault : {AtCommit::kCutAfter, AtCommit::kCutBefore}) {
        connection.execute_text("DELETE FROM deliveries");
        fail(webhook, 1, db::kRecoveryBatch + 7);
        testing::DatabaseProxy proxy(schema.settings());
        db::Availability availability([](std::string_view, std::string_view) {});
        db::Session session(proxy.settings(), availability);
        session.connect();
        Recovery recovery(kBeginning, std::nullopt);
        int runs = 0;
        proxy.at_next_commit(fault);
        const bool found = session.run(
            [&](db::Connection& own) {
                ++runs;
                return recovery.run(own, of_target(), webhook, kForever);
            },
            [](db::Connection&) { return std::optional<bool>(); },
            db::Session::Clock::now() + std::chrono::seconds(60));
        BOOST_TEST(found);
        BOOST_TEST(runs == 2);
        BOOST_TEST(recovery.scheduled() == db::kRecoveryBatch + 7);
        BOOST_TEST(failed(webhook) == 0U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_transaction_that_was_undone_is_done_again, Fixture) {
    fail(webhook, 1, 3);
    testing::DatabaseProxy proxy(schema.settings());
    db::Connection own(proxy.settings());
    Recovery recovery(kBeginning, std::nullopt);
    constexpr int kDeadlock = 1213;
    proxy.answer_next_commit(kDeadlock, false);
    BOOST_TEST(db::retry_transient([&] { return recovery.run(own, of_target(), webhook, kForever); }));
    BOOST_TEST(recovery.scheduled() == 3U);
    BOOST_TEST(failed(webhook) == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_rights_of_the_api_and_the_operator_are_enough, Fixture) {
    fail(webhook, 1, 3);
    for (const char* const program : {"api", "admin"}) {
        db::Connection own(schema.settings_of(program));
        Recovery recovery(kBeginning, std::nullopt);
        BOOST_TEST(recovery.run(own, of_target(), webhook, kForever));
        connection.execute_text("UPDATE deliveries SET status = 3, next_try = NULL");
    }
}
