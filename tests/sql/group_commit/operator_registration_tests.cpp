#define BOOST_TEST_MODULE operator_registration
#include "sql/group_commit/operator_registration.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/events/counters.hpp"
#include "sql/operator/refused.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

const db::Actor kRoot{.operator_name = "root"};
const model::WebhookFields kFields{.url = "https://example.com", .name = "CI", .ordered = true};

struct Fixture : testing::WebhookDatabase {
    model::Id registered(const model::Owner& owner, model::Id by) {
        return db::register_webhook(connection, cipher, {.user_id = by, .owner = owner}, kFields, kRoot);
    }
    std::uint64_t webhooks() { return testing::number(connection, "SELECT COUNT(*) FROM webhooks"); }
};

void check_refused(Fixture& fixture, const model::Owner& owner, model::Id by, std::string_view message) {
    BOOST_CHECK_EXCEPTION(fixture.registered(owner, by), db::Refused, [message](const db::Refused& refused) {
        BOOST_TEST_INFO(refused.what());
        return std::string_view(refused.what()).find(message) != std::string_view::npos;
    });
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_webhook_is_stored_as_by_a_registration, Fixture) {
    for (const model::Owner& owner : {of_target(), of_account()}) {
        const model::Id id = registered(owner, other_user.id);
        const auto webhook = db::find_webhook(connection, owner, id);
        BOOST_REQUIRE(webhook.has_value());
        BOOST_CHECK(webhook->fields == kFields);
        BOOST_TEST(webhook->enabled);
        BOOST_TEST(webhook->created_by.id == other_user.id);
        BOOST_TEST(db::webhook_secret(connection, cipher, owner, id, {}).value_or("").size() ==
                   security::kSecretBytes);
        BOOST_TEST(db::count_webhooks(connection, owner) == 1U);
        const model::Id greeting = testing::number(
            connection,
            "SELECT event_id FROM deliveries WHERE webhook_id = ? AND status = 0 AND next_try <= UTC_TIMESTAMP(6)",
            {id});
        const model::Id expected =
            owner.target_id ? target_greeting()
                            : testing::number(connection, "SELECT created_event_id FROM users WHERE id = ?",
                                              {other_user.id});
        BOOST_TEST(greeting == expected);
    }
    const auto deed = db::list_audit(connection, {.action = "webhook create"}, {}).at(0);
    BOOST_TEST(deed.operator_name.value_or("") == "root");
    BOOST_TEST(deed.account_id.value_or(0) == target.account_id);
}

BOOST_FIXTURE_TEST_CASE(owner_and_user_must_exist_and_fit, Fixture) {
    constexpr model::Id kNobody = 4711;
    check_refused(*this, {target.account_id, kNobody}, user.id, "no such target");
    check_refused(*this, of_other_account(), user.id, "belongs to another account");
    check_refused(*this, of_target(), kNobody, "no such user");
    db::AdminStore store(connection);
    store.delete_target(other_target.id);
    check_refused(*this, of_other_target(), user.id, "no such target");
    store.delete_user(other_user.id);
    check_refused(*this, of_account(), other_user.id, "no such user");
    connection.execute("UPDATE accounts SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {target.account_id});
    check_refused(*this, of_account(), user.id, "no such user");
    BOOST_TEST(webhooks() == 0U);
    BOOST_TEST(db::list_audit(connection, {.action = "webhook create"}, {}).empty());
}

BOOST_FIXTURE_TEST_CASE(an_operators_change_does_not_count_as_made_by_a_user, Fixture) {
    const model::Id id = registered(of_target(), user.id);
    const auto before = db::find_webhook(connection, of_target(), id).value();
    const auto after = db::change_webhook(connection, {.user_id = db::kNoUser, .owner = of_target()}, id,
                                          {.name = "Other", .ordered = false});
    BOOST_REQUIRE(after.has_value());
    BOOST_TEST(after->fields.name == "Other");
    BOOST_TEST(!after->fields.ordered);
    BOOST_TEST(after->changed_at == before.changed_at);
    BOOST_TEST(after->changed_by.id == user.id);
}

BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_an_index, Fixture) {
    for (int n = 0; n < 50; ++n) {
        db::AdminStore(connection).create_user(target.account_id, std::to_string(n) + "@example.com", "x");
    }
    for (const char* table : {"users", "targets", "events", "accounts"}) {
        static_cast<void>(connection.query_text("ANALYZE TABLE " + std::string(table)));
    }
    const auto register_both = [this] {
        static_cast<void>(registered(of_target(), user.id));
        static_cast<void>(registered(of_account(), user.id));
    };
    testing::StatementLog log(connection);
    register_both();
    const auto statements = log.statements();
    BOOST_TEST(statements.size() >= 5U);
    for (const std::string& statement : statements) {
        // The server logs some locking reads, by primary keys, without their parameters.
        if (statement.find('?') != std::string::npos) continue;
        for (const auto& step : log.explain(statement)) {
            BOOST_TEST_CONTEXT(statement << ": " << step.table << " " << step.type) {
                BOOST_TEST((step.type == "const" || step.type == "eq_ref" || step.type == "system"));
            }
        }
    }
}
