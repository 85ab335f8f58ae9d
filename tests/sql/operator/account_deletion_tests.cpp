#define BOOST_TEST_MODULE account_deletion
#include "sql/operator/account_deletion.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

#include "common/base/sha256.hpp"
#include "sql/events/event_store.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using Progress = db::AccountDeletion::Progress;
using Counts = std::map<std::string, std::uint64_t>;

constexpr model::Id kNobody = 4711;
constexpr model::Id kManyFrom = 1000;
constexpr std::uint64_t kManyEvents = 5000;

struct Fixture : testing::WebhookDatabase {
    db::AdminStore store{connection};
    const model::Id account = target.account_id;
    const model::Id other_account = others_target.account_id;

    // One row of everything that an account can have, and a key that was revoked long ago.
    void fill(model::Id owner, model::Id of_target) {
        const model::Id owner_user =
            store.create_user(owner, "cy" + std::to_string(owner) + "@example.com", "Cy").id;
        const model::Id key = store
                                  .create_key(owner_user, "k", base::sha256(std::to_string(owner)),
                                              std::nullopt, {.targets = {of_target}})
                                  .id;
        run("UPDATE api_keys SET revoked_at = '2020-01-01' WHERE id = ", key);
        run("INSERT INTO key_rates SELECT id, 'publication', 1, 1 FROM api_keys WHERE id = ", key);
        run("INSERT INTO outbox (target, event_type, content) SELECT ? , 'scan_started', '{}' FROM targets"
            " WHERE id = ",
            of_target, {model::to_base58(of_target)});
        for (const bool is_of_target : {true, false}) {
            const model::Id webhook =
                add_webhook({owner, is_of_target ? std::optional(of_target) : std::nullopt});
            run("INSERT INTO retired_secrets SELECT id, 1, 'x', UTC_TIMESTAMP(6) FROM webhooks WHERE id = ",
                webhook);
            run("INSERT INTO failing_webhooks (webhook_id, since) SELECT id, UTC_TIMESTAMP(6) FROM webhooks WHERE id = ",
                webhook);
            run("INSERT INTO webhook_mails (webhook_id, kind, day, made_at) SELECT id, 'failing', '2026-01-01', UTC_TIMESTAMP(6) FROM webhooks WHERE id = ",
                webhook);
            run("INSERT INTO ordered_webhooks SELECT id, 1 FROM webhooks WHERE id = ", webhook);
        }
        {
            db::Transaction transaction(connection);
            const model::Id event = db::record_event(
                connection, {.owner = {owner, of_target}, .event_type = "scan_started", .content = "{}"});
            transaction.commit();
            run("INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us)"
                " SELECT webhook_id, event_id, webhook_id, UTC_TIMESTAMP(6), 1 FROM deliveries WHERE event_id = ",
                event);
            run("INSERT INTO idempotency_keys (account_id, key_digest, request_digest, object_id, response,"
                " created_at) SELECT account_id, UNHEX(SHA2('k', 256)), UNHEX(SHA2('r', 256)), id, '{}',"
                " UTC_TIMESTAMP(6) FROM events WHERE id = ",
                event);
        }
        run("INSERT INTO audit (id, done_at, action, object, account_id, user_id, key_id, request_id)"
            " SELECT id + 1, UTC_TIMESTAMP(6), 'secret read', 'webhook x', account_id, user_id, id, 'r'"
            " FROM api_keys WHERE id = ",
            key);
    }

    void run(const std::string& statement, model::Id id, std::vector<db::Parameter> parameters = {}) {
        parameters.emplace_back(id);
        BOOST_TEST_CONTEXT(statement) BOOST_TEST(connection.execute(statement + "?", parameters) > 0U);
    }

    Counts counts() {
        Counts counts;
        const db::Rows tables = connection.query_text("SHOW TABLES");
        for (std::size_t row = 0; row < tables.size(); ++row) {
            const std::string& table = tables.text(row, 0);
            counts[table] = testing::number(connection, "SELECT COUNT(*) FROM " + table);
        }
        return counts;
    }

    // Does at most so many steps, and none after one that waits.
    static Progress steps(db::AccountDeletion& deletion, int most = 1000) {
        Progress progress = Progress::kMore;
        for (int n = 0; n < most && progress == Progress::kMore; ++n) progress = deletion.step();
        return progress;
    }

    db::AccountDeletion deletion_of(model::Id id) {
        return {connection, id, db::Actor{.operator_name = "root"}};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_account_is_removed_as_a_whole_and_no_other, Fixture) {
    fill(other_account, others_target.id);
    const model::Id third = store.create_account("Third").id;
    const Counts before = counts();
    for (const auto& [table, count] : before) {
        const bool is_empty = table == "delivery_workers" || table == "secret_key_check";
        BOOST_TEST_CONTEXT(table) BOOST_TEST((count != 0 || is_empty));
    }
    const db::Target mine = store.create_target(third, "Mine", "https://mine.example.com");
    fill(third, mine.id);
    const auto counted = db::count_account(connection, third);
    auto deletion = deletion_of(third);
    BOOST_CHECK(steps(deletion) == Progress::kDone);
    Counts after = counts();
    BOOST_TEST(after["accounts"] == before.at("accounts") - 1);
    // The audit keeps the creation of target, user and key, the secret that was read, and the deletion.
    BOOST_TEST(after["audit"] == before.at("audit") + 5);
    for (const auto& [table, count] : before) {
        if (table == "accounts" || table == "audit") continue;
        BOOST_TEST_CONTEXT(table) BOOST_TEST(after[table] == count);
    }
    const db::AccountRows& removed = deletion.removed();
    BOOST_TEST(removed.users == 1U);
    BOOST_TEST(removed.keys == 1U);
    BOOST_TEST(removed.targets == 1U);
    BOOST_TEST(removed.webhooks == 2U);
    BOOST_TEST(removed.events == 3U);
    BOOST_TEST(removed.deliveries == 4U);
    BOOST_TEST(removed.attempts == 2U);
    BOOST_TEST(removed.outbox == 1U);
    BOOST_TEST(counted.users == 1U);
    BOOST_TEST(counted.keys == 1U);
    BOOST_TEST(counted.targets == 1U);
    BOOST_TEST(counted.webhooks == 2U);
    BOOST_TEST(counted.events == 3U);
    BOOST_TEST(counted.deliveries == 4U);
}

BOOST_FIXTURE_TEST_CASE(the_audit_keeps_what_operators_did, Fixture) {
    fill(account, target.id);
    auto deletion = deletion_of(account);
    BOOST_CHECK(steps(deletion) == Progress::kDone);
    const auto entries = db::list_audit(connection, {.account_id = account}, {.offset = 0, .length = 100});
    BOOST_REQUIRE(!entries.empty());
    BOOST_TEST(entries.front().action == "account delete");
    BOOST_TEST(entries.front().object.value_or("") == "account " + model::to_base58(account));
    BOOST_TEST(entries.front().operator_name.value_or("") == "root");
    BOOST_TEST(std::ranges::count(entries, "secret read", &db::AuditEntry::action) == 1);
    for (const auto& entry : entries) {
        BOOST_TEST(!entry.user_id.has_value());
        BOOST_TEST(!entry.key_id.has_value());
        BOOST_TEST(!entry.request_id.has_value());
    }
}

BOOST_FIXTURE_TEST_CASE(an_interrupted_deletion_is_completed_by_another, Fixture) {
    for (int most = 1; most < 40; ++most) {
        const model::Id owner = store.create_account("Short").id;
        const model::Id its_target = store.create_target(owner, "T", "https://t.example.com").id;
        fill(owner, its_target);
        auto interrupted = deletion_of(owner);
        if (steps(interrupted, most) == Progress::kDone) return;
        // Nothing can be added meanwhile.
        BOOST_CHECK_THROW(store.create_user(owner, "dee@example.com", "Dee"), db::Refused);
        BOOST_CHECK_THROW(store.create_target(owner, "T", "https://t.example.com"), db::Refused);
        BOOST_CHECK_THROW(store.rename_account(owner, "Other"), db::Refused);
        auto another = deletion_of(owner);
        BOOST_CHECK(steps(another) == Progress::kDone);
        BOOST_CHECK_THROW(store.find_account(owner), db::Refused);
    }
    BOOST_ERROR("the deletion takes too many steps");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_due_once_the_webhooks_are_closed, Fixture) {
    fill(account, target.id);
    const model::Id user_of_account = user.id;
    auto deletion = deletion_of(account);
    BOOST_CHECK(steps(deletion, 5) == Progress::kMore);
    BOOST_TEST(testing::number(connection,
                               "SELECT COUNT(*) FROM webhooks WHERE account_id = ? AND (deleted_at IS"
                               " NULL OR url <> '' OR secret <> '' OR headers IS NOT NULL)",
                               {account}) == 0U);
    BOOST_TEST(testing::number(connection,
                               "SELECT COUNT(*) FROM retired_secrets JOIN webhooks w ON w.id = webhook_id"
                               " WHERE w.account_id = ?",
                               {account}) == 0U);
    BOOST_CHECK_THROW(store.create_key(user_of_account, "k", base::sha256("new"), std::nullopt), db::Refused);
    BOOST_CHECK(steps(deletion) == Progress::kDone);
}

BOOST_FIXTURE_TEST_CASE(deliveries_in_flight_are_waited_for, Fixture) {
    fill(account, target.id);
    connection.execute_text(
        "UPDATE deliveries SET lease = 7, lease_until = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    auto deletion = deletion_of(account);
    for (int n = 0; n < 3; ++n) BOOST_CHECK(steps(deletion) == Progress::kWaiting);
    BOOST_TEST(deletion.removed().deliveries == 0U);
    BOOST_TEST(testing::number(connection, "SELECT COUNT(*) FROM events WHERE account_id = ?", {account}) >
               0U);
    // The daemon has recorded some. The lease of another one has run out.
    connection.execute_text("UPDATE deliveries SET lease = 0 WHERE webhook_id MOD 2 = 0");
    connection.execute_text("UPDATE deliveries SET lease_until = UTC_TIMESTAMP(6)");
    BOOST_CHECK(steps(deletion) == Progress::kDone);
    BOOST_TEST(
        testing::number(connection, "SELECT COUNT(*) FROM deliveries WHERE account_id = ?", {account}) == 0U);
}

BOOST_FIXTURE_TEST_CASE(requests_that_were_allowed_before_are_waited_for, Fixture) {
    const model::Id key = store.create_key(user.id, "active", base::sha256("active"), std::nullopt).id;
    auto deletion = deletion_of(account);
    BOOST_CHECK(steps(deletion) == Progress::kWaiting);
    const std::string revoked =
        connection.query("SELECT revoked_at FROM api_keys WHERE id = ?", {key}).text(0, 0);
    BOOST_TEST(!revoked.empty());
    // Such a request registers a webhook and publishes an event.
    add_webhook(of_target());
    record("finding_detected");
    BOOST_CHECK(steps(deletion) == Progress::kWaiting);
    add_webhook(of_account());
    record("finding_detected");
    run("UPDATE api_keys SET revoked_at = UTC_TIMESTAMP(6) - INTERVAL 2 MINUTE WHERE id = ", key);
    BOOST_CHECK(steps(deletion) == Progress::kDone);
    for (const char* table : {"events", "deliveries", "webhooks", "api_keys"}) {
        BOOST_TEST_CONTEXT(table)
        BOOST_TEST(testing::number(connection,
                                   "SELECT COUNT(*) FROM " + std::string(table) + " WHERE account_id = ?",
                                   {account}) == 0U);
    }
    BOOST_TEST(testing::number(connection, "SELECT COUNT(*) FROM counters WHERE owner_id IN (?, ?)",
                               {account, target.id}) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_missing_account_is_refused, Fixture) {
    auto deletion = deletion_of(kNobody);
    BOOST_CHECK_THROW(steps(deletion), db::Refused);
    BOOST_CHECK_THROW(static_cast<void>(db::count_account(connection, kNobody)), db::Refused);
    BOOST_TEST(testing::number(connection, "SELECT COUNT(*) FROM audit WHERE action = 'account delete'") ==
               0U);
}

// Two accounts with many rows, and several batches of one of them.
BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_an_index, Fixture) {
    fill(account, target.id);
    fill(other_account, others_target.id);
    const std::string numbers =
        "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100) SELECT a.n * 100 + b.n + " +
        std::to_string(kManyFrom) + " AS n FROM s a JOIN s b ON a.n <= " + std::to_string(kManyEvents / 100) +
        ") q";
    for (const db::Target& of : {target, others_target}) {
        const std::string owner = std::to_string(of.account_id);
        const std::string own = of.id == target.id ? "n * 2" : "n * 2 + 1";
        connection.execute_text("INSERT INTO events SELECT " + own + ", " + owner + ", " +
                                std::to_string(of.id) + ", 'scan_started', '{}', '2026-01-01' FROM " +
                                numbers);
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
            " SELECT " +
            own + ", 1, " + owner + ", '2026-01-01', n MOD 4 FROM " + numbers);
        connection.execute_text(
            "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us)"
            " SELECT " +
            own + ", " + own + ", 1, '2026-01-01', 1 FROM " + numbers);
        connection.execute_text(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version,"
            " secret, created_at, created_by) SELECT " +
            own + ", " + owner + ", IF(n MOD 2, NULL, " + std::to_string(of.id) +
            "), 'https://x', '', TRUE, 'v1', '', '2026-01-01', 1 FROM " + numbers);
        connection.execute_text(
            "INSERT INTO targets (id, account_id, name, url, created_event_id, created_at)"
            " SELECT " +
            own + ", " + owner + ", '', '', 1, '2026-01-01' FROM " + numbers);
        connection.execute_text(
            "INSERT INTO users (id, account_id, email, name, created_event_id, created_at)"
            " SELECT " +
            own + ", " + owner + ", n, '', 1, '2026-01-01' FROM " + numbers);
        connection.execute_text(
            "INSERT INTO api_keys (id, account_id, user_id, name, digest, created_at, revoked_at)"
            " SELECT " +
            own + ", " + owner + ", " + own + ", '', UNHEX(SHA2(" + own +
            ", 256)), '2026-01-01', IF(n MOD 2, '2026-01-01', NULL) FROM " + numbers);
        connection.execute_text(
            "INSERT INTO idempotency_keys (account_id, key_digest, request_digest,"
            " object_id, response, created_at) SELECT " +
            owner +
            ", UNHEX(SHA2(n, 256)),"
            " UNHEX(SHA2('k', 256)), 1, '{}', '2026-01-01' FROM " +
            numbers);
        connection.execute_text("INSERT INTO audit (id, done_at, action, account_id, user_id) SELECT " + own +
                                ", '2026-01-01', 'secret read', " + owner + ", 1 FROM " + numbers);
        connection.execute_text("INSERT INTO outbox (target, event_type, content) SELECT '" +
                                model::to_base58(of.id) + "', 'scan_started', '{}' FROM " + numbers);
        connection.execute_text(
            "INSERT INTO retired_secrets SELECT id, 2, 'x', '2026-01-01' FROM webhooks"
            " WHERE account_id = " +
            owner);
        connection.execute_text(
            "INSERT INTO counters SELECT 'target', id, 'webhook', 1, 1 FROM targets"
            " WHERE account_id = " +
            owner);
    }
    for (const char* table : {"events", "deliveries", "attempts", "webhooks", "targets", "users", "api_keys",
                              "idempotency_keys", "audit", "outbox", "retired_secrets", "counters"}) {
        static_cast<void>(connection.query_text("ANALYZE TABLE " + std::string(table)));
    }
    const Counts before = counts();
    testing::StatementLog log(connection);
    static_cast<void>(db::count_account(connection, account));
    auto deletion = deletion_of(account);
    BOOST_CHECK(steps(deletion) == Progress::kWaiting);
    connection.execute_text("UPDATE api_keys SET revoked_at = '2026-01-01' WHERE revoked_at IS NOT NULL");
    BOOST_CHECK(steps(deletion) == Progress::kDone);
    const auto statements = log.statements();
    BOOST_TEST(deletion.removed().events > kManyEvents);
    Counts after = counts();
    BOOST_TEST(after["events"] >= kManyEvents);
    BOOST_TEST(after["attempts"] >= kManyEvents);
    BOOST_TEST(after["deliveries"] >= kManyEvents);
    BOOST_TEST(after["outbox"] >= kManyEvents);
    BOOST_TEST(statements.size() > 40U);
    for (const std::string& statement : statements) {
        if (statement.find("UPDATE api_keys SET revoked_at = '2026") != std::string::npos) continue;
        BOOST_TEST_CONTEXT(statement.substr(0, 300)) {
            for (const auto& step : log.explain(statement)) {
                BOOST_TEST_CONTEXT(step.table << " " << step.type << " " << step.key << " " << step.extra) {
                    if (step.table.empty() || step.table.starts_with("<") || step.table == "q") continue;
                    constexpr std::array kFew{"system", "const", "eq_ref", "ref", "range"};
                    BOOST_TEST((std::ranges::find(kFew, step.type) != kFew.end()));
                    BOOST_TEST(step.extra.find("filesort") == std::string::npos);
                }
            }
        }
    }
}
