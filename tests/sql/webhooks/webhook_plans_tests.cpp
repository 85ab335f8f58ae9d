#define BOOST_TEST_MODULE webhook_plans
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>

#include "sql/events/counters.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/access.hpp"
#include "sql/webhooks/recovery.hpp"
#include "sql/webhooks/test_event.hpp"
#include "sql/webhooks/webhook_headers.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using testing::PlanStep;

constexpr std::uint64_t kWebhooks = 20'000;

// Many webhooks of one target and of the account, and many deliveries of one webhook.
struct Fixture : testing::WebhookDatabase {
    model::Id of_the_target = add_webhook(of_target());
    model::Id of_the_account = add_webhook(of_account());
    model::Id greeting_of_target = target_greeting();
    model::Id greeting_of_user = user_greeting();

    Fixture() {
        const std::string numbers =
            "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900)"
            " SELECT a.n * 1000 + b.n AS n FROM s a JOIN s b ON b.n < 25";
        const std::string owner = std::to_string(target.account_id);
        connection.execute_text(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
            " created_at, created_by) SELECT n, " +
            owner + ", IF(n MOD 2, " + std::to_string(target.id) +
            ", NULL), 'https://example.com', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), " +
            std::to_string(user.id) + " FROM (" + numbers + ") numbers");
        for (const model::Id webhook : {of_the_target, of_the_account, model::Id{1}}) {
            connection.execute_text(
                "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try)"
                " SELECT n, " +
                std::to_string(webhook) + ", " + owner +
                ", UTC_TIMESTAMP(6), 0, IF(n MOD 20, NULL, UTC_TIMESTAMP(6)) FROM (" + numbers + ") numbers");
        }
        connection.execute_text(
            "INSERT INTO retired_secrets (webhook_id, id, secret, expires_at)"
            " SELECT id, 1, x'00', UTC_TIMESTAMP(6) FROM webhooks");
        connection.execute_text(
            "INSERT INTO users (id, account_id, email, name, created_event_id, created_at) SELECT n, " +
            owner + ", n, 'Somebody', 1, UTC_TIMESTAMP(6) FROM (" + numbers + ") numbers");
        connection.execute_text(
            "INSERT INTO targets (id, account_id, name, url, created_event_id, created_at) SELECT n, " +
            owner + ", '', '', 1, UTC_TIMESTAMP(6) FROM (" + numbers + ") numbers");
        connection.execute_text("INSERT INTO counters VALUES ('target', " + std::to_string(target.id) +
                                ", 'webhook', 0, " + std::to_string(kWebhooks) + "), ('account', " + owner +
                                ", 'webhook', 0, " + std::to_string(kWebhooks) +
                                ") ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
        db::AdminStore(connection).create_key(user.id, "key", base::sha256("key"), std::nullopt);
        // The statement returns rows.
        for (const char* table :
             {"webhooks", "deliveries", "retired_secrets", "users", "targets", "counters"}) {
            (void)connection.query_text("ANALYZE TABLE " + std::string(table));
        }
    }

    void read_with_access(const db::Scope& scope, model::Id webhook) {
        const bool of_target = scope.target_id.has_value();
        const model::Id event = of_target ? greeting_of_target : greeting_of_user;
        for (const db::JoinedRead& read :
             {db::JoinedRead{}, db::read_webhook(webhook), db::read_event(event), db::read_event_id(event),
              db::read_webhook_count(of_target), db::read_event_count(of_target, std::nullopt),
              db::read_event_count(of_target, "scan_started")}) {
            const auto access =
                db::check_access(connection, {base::sha256("key"), scope}, model::Right::kRead, read);
            BOOST_REQUIRE(access.rows.size() == 1U);
            const bool reads = access.rows.columns() > access.kFirstColumn;
            if (reads) BOOST_TEST(!access.rows.is_null(0, access.kFirstColumn));
        }
    }

    void test(const model::Owner& owner, model::Id webhook) {
        for (const std::string type : {"user_created", "target_created", "scan_started"}) {
            db::Transaction transaction(connection);
            BOOST_TEST(db::test_webhook(connection, {user.id, owner}, webhook, type).has_value());
            transaction.commit();
        }
    }

    // All deliveries have failed, those of other webhooks as well.
    void recover(const model::Owner& owner, model::Id webhook) {
        db::Connection other(schema.settings());
        other.execute_text("UPDATE deliveries SET status = 3, next_try = NULL");
        (void)other.query_text("ANALYZE TABLE deliveries");
        for (const auto& until :
             {std::optional<model::Time>(), std::optional<model::Time>("2100-01-01T00:00:00.000000Z")}) {
            db::Recovery recovery("2020-01-01T00:00:00.000000Z", until);
            BOOST_TEST(recovery.run(connection, owner, webhook, db::Recovery::Clock::now()));
            BOOST_TEST(recovery.scheduled() == db::kRecoveryBatch);
            BOOST_TEST(recovery.has_more());
        }
    }

    void use_all_of(const model::Owner& owner, model::Id webhook) {
        const model::Caller caller{user.id, owner};
        for (const db::WebhookFilter& filter :
             {db::WebhookFilter{}, {.enabled = true}, {.url = "https://example.com"}}) {
            BOOST_TEST(db::count_webhooks(connection, owner, filter).count >= db::kMostExamined);
            const auto part = db::find_webhooks(connection, owner, filter, {std::nullopt, 5000, 100});
            BOOST_REQUIRE(part.found.size() == 100U);
            BOOST_TEST(db::find_webhooks(connection, owner, filter, {part.resume, 0, 10}).found.size() ==
                       10U);
            const std::vector<model::Id> ids{part.found[0].id, part.found[1].id};
            BOOST_TEST(db::read_webhooks(connection, ids).size() == 2U);
        }
        BOOST_TEST(db::read_webhook_part(connection, owner, {std::nullopt, 5, 10}).webhooks.size() == 10U);
        BOOST_TEST(db::find_webhook(connection, owner, webhook).has_value());
        read_with_access({owner.target_id}, webhook);
        BOOST_TEST(db::change_webhook(connection, caller, webhook, {.name = "x"}).has_value());
        BOOST_TEST(db::disable_any_webhook(connection, webhook, "x").has_value());
        BOOST_TEST(db::enable_webhook(connection, caller, webhook).has_value());
        BOOST_TEST(db::enable_any_webhook(connection, webhook).has_value());
        BOOST_TEST(db::find_any_webhook(connection, webhook).has_value());
        test(owner, webhook);
        recover(owner, webhook);
        BOOST_TEST(db::disable_webhook(connection, caller, webhook, "x").has_value());
        BOOST_TEST(db::webhook_headers(connection, cipher, owner, webhook, {}).value().empty());
        BOOST_TEST(
            db::replace_webhook_headers(connection, cipher, owner, webhook, {}, {{"X", "x"}}).has_value());
        BOOST_TEST(db::webhook_secret(connection, cipher, owner, webhook, {}).has_value());
        for (int i = 0; i < 12; ++i) {
            BOOST_TEST(db::rotate_webhook_secret(connection, cipher, owner, webhook, {}).has_value());
        }
        BOOST_TEST(db::remove_webhook(connection, owner, webhook));
    }
};

void check_step(const PlanStep& step) {
    BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
    const bool is_made_by_the_statement = step.table.empty() || step.table.starts_with("<");
    if (is_made_by_the_statement) return;
    constexpr std::array kFew{"system", "const", "eq_ref", "ref", "range"};
    BOOST_TEST((std::ranges::find(kFew, step.type) != kFew.end()));
    BOOST_TEST(step.extra.find("filesort") == std::string::npos);
    BOOST_TEST(step.extra.find("temporary") == std::string::npos);
}

bool is_list(const std::string& statement) {
    return statement.find("OFFSET") != std::string::npos;
}

bool names_the_index(const std::string& statement) {
    return statement.find("FORCE INDEX (webhooks_owner)") != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_an_index, Fixture) {
    testing::StatementLog log(connection);
    use_all_of(of_target(), of_the_target);
    use_all_of(of_account(), of_the_account);
    const auto statements = log.statements();
    // At least a dozen different statements each, which shows that the log works.
    BOOST_TEST(statements.size() >= 24U);
    std::ptrdiff_t lists = 0;
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            const auto plan = log.explain(statement);
            BOOST_TEST(!plan.empty());
            for (const PlanStep& step : plan) check_step(step);
            const bool by_owner = std::ranges::count(plan, "webhooks_owner", &PlanStep::key) > 0;
            BOOST_TEST((by_owner || (!is_list(statement) && !names_the_index(statement))));
            lists += is_list(statement) ? 1 : 0;
        }
    }
    BOOST_TEST(lists > 4);
}
