#define BOOST_TEST_MODULE webhook_mails
#include "sql/deliveries/webhook_mails.hpp"

#include <boost/test/unit_test.hpp>
#include <future>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/connection/schema.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/test_database.hpp"

using db::MailKind;

namespace {

constexpr model::Id kWebhook = 50;

struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings()};
    db::Connection connection;

    Fixture() : connection(migrated(admin, schema)) {
        admin.execute_text(
            "INSERT INTO accounts (id, name, created_at) VALUES (7, 'Acme', UTC_TIMESTAMP(6))");
        admin.execute_text(
            "INSERT INTO users (id, account_id, email, name, created_event_id, created_at)"
            " VALUES (1, 7, 'ana@example.com', 'Ana', 1, UTC_TIMESTAMP(6))");
        add_webhook(kWebhook);
    }
    static db::Connection migrated(db::Connection& admin, testing::TestSchema& schema) {
        db::migrate(admin);
        return db::Connection(schema.settings_of("deliver"));
    }
    void add_webhook(model::Id id) {
        admin.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, "
            "created_at, created_by) VALUES (?, 7, NULL, 'https://example.com/', 'CI', TRUE, 'v1', '', "
            "UTC_TIMESTAMP(6), 1)",
            {id});
        admin.execute("INSERT INTO failing_webhooks (webhook_id, since) VALUES (?, '2026-03-01 09:00:00.5')",
                      {id});
    }
    void add_mail(model::Id webhook, const std::string& kind, std::uint64_t hours_ago = 0) {
        admin.execute(
            "INSERT INTO webhook_mails (webhook_id, kind, day, made_at)"
            " VALUES (?, ?, UTC_DATE(), UTC_TIMESTAMP(6) - INTERVAL ? HOUR)",
            {webhook, kind, hours_ago});
    }
    std::uint64_t unclaimed() {
        return admin.query_text("SELECT COUNT(*) FROM webhook_mails WHERE claimed_at IS NULL").number(0, 0);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_warning_is_claimed_once, Fixture) {
    BOOST_TEST(!db::claim_mail(connection));
    add_mail(kWebhook, "failing");
    const auto mail = db::claim_mail(connection);
    BOOST_REQUIRE(mail.has_value());
    BOOST_CHECK(mail->kind == MailKind::kFailing);
    BOOST_TEST(mail->webhook_id == kWebhook);
    BOOST_TEST(mail->name == "CI");
    BOOST_TEST(mail->url == "https://example.com/");
    BOOST_TEST(mail->failing_since.value() == "2026-03-01T09:00:00.500000Z");
    BOOST_TEST(mail->creator.email == "ana@example.com");
    BOOST_TEST(mail->creator.name == "Ana");
    BOOST_TEST(!db::claim_mail(connection));
    BOOST_TEST(unclaimed() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_mail_of_a_disabled_webhook_has_the_reason, Fixture) {
    admin.execute_text("UPDATE webhooks SET enabled = FALSE, disabled_reason = 'Gone.'");
    add_mail(kWebhook, "disabled");
    const auto mail = db::claim_mail(connection);
    BOOST_REQUIRE(mail.has_value());
    BOOST_CHECK(mail->kind == MailKind::kDisabled);
    BOOST_TEST(mail->disabled_reason == "Gone.");
}

BOOST_FIXTURE_TEST_CASE(the_oldest_comes_first_and_none_is_older_than_a_day, Fixture) {
    add_webhook(51);
    add_webhook(52);
    add_mail(kWebhook, "failing");
    add_mail(51, "failing", 23);
    add_mail(52, "failing", 25);
    BOOST_TEST(db::claim_mail(connection).value().webhook_id == 51U);
    BOOST_TEST(db::claim_mail(connection).value().webhook_id == kWebhook);
    BOOST_TEST(!db::claim_mail(connection));
    BOOST_TEST(unclaimed() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_true_any_more_is_passed_over, Fixture) {
    const auto pass_over = [&](const std::string& change, const std::string& kind) {
        BOOST_TEST_CONTEXT(change) {
            admin.execute_text("DELETE FROM webhook_mails");
            admin.execute_text("DELETE FROM webhooks");
            admin.execute_text("DELETE FROM failing_webhooks");
            add_webhook(kWebhook);
            admin.execute_text(change);
            add_mail(kWebhook, kind);
            BOOST_TEST(!db::claim_mail(connection));
            BOOST_TEST(unclaimed() == 0U);
        }
    };
    pass_over("DELETE FROM failing_webhooks", "failing");
    pass_over("UPDATE users SET deleted_at = UTC_TIMESTAMP(6)", "failing");
    admin.execute_text("UPDATE users SET deleted_at = NULL");
    pass_over("UPDATE webhooks SET enabled = FALSE", "failing");
    pass_over("UPDATE webhooks SET enabled = TRUE", "disabled");
    pass_over("UPDATE webhooks SET enabled = FALSE, deleted_at = UTC_TIMESTAMP(6)", "disabled");
    admin.execute_text(
        "INSERT INTO targets (id, account_id, name, url, created_event_id, created_at, deleted_at)"
        " VALUES (2, 7, '', '', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");
    pass_over("UPDATE webhooks SET enabled = FALSE, target_id = 2", "disabled");
}

BOOST_FIXTURE_TEST_CASE(daemons_claim_different_mails, Fixture) {
    constexpr model::Id kLast = kWebhook + 40;
    for (model::Id id = kWebhook + 1; id <= kLast; ++id) {
        add_webhook(id);
        add_mail(id, "failing");
    }
    std::vector<std::future<std::vector<model::Id>>> daemons;
    for (int i = 0; i < 4; ++i) {
        daemons.push_back(std::async(std::launch::async, [this] {
            db::Connection own(schema.settings_of("deliver"));
            std::vector<model::Id> claimed;
            constexpr std::string_view kWaiting =
                "SELECT COUNT(*) FROM webhook_mails WHERE claimed_at IS NULL";
            while (own.query(kWaiting).number(0, 0) != 0) {
                if (const auto mail = db::claim_mail(own)) claimed.push_back(mail->webhook_id);
            }
            return claimed;
        }));
    }
    std::multiset<model::Id> claimed;
    for (auto& daemon : daemons) {
        for (const model::Id id : daemon.get()) claimed.insert(id);
    }
    BOOST_TEST(claimed.size() == 40U);
    BOOST_TEST(std::set<model::Id>(claimed.begin(), claimed.end()).size() == 40U);
}

BOOST_FIXTURE_TEST_CASE(the_work_does_not_grow_with_the_mails, Fixture) {
    admin.execute_text(
        "INSERT INTO webhook_mails (webhook_id, kind, day, made_at, claimed_at)"
        " WITH RECURSIVE n AS (SELECT 1000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1900)"
        " SELECT i, 'failing', UTC_DATE(), UTC_TIMESTAMP(6), IF(i < 1800, UTC_TIMESTAMP(6), NULL) FROM n");
    add_mail(kWebhook, "failing", 1);
    (void)admin.query_text("ANALYZE TABLE webhook_mails, users, webhooks, targets, failing_webhooks");
    testing::StatementLog log(admin);
    BOOST_TEST(db::claim_mail(admin).has_value());
    const auto statements = log.statements();
    BOOST_TEST(statements.size() == 3U);
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            for (const testing::PlanStep& step : log.explain(statement)) {
                BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
                BOOST_TEST((step.type != "ALL" && step.type != "index"));
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
            }
        }
    }
}
