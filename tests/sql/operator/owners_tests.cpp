#define BOOST_TEST_MODULE owners
#include "sql/operator/owners.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/webhook_database.hpp"

namespace {

constexpr model::Id kNobody = 4711;

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_owner_is_found_by_the_objects_id, testing::WebhookDatabase) {
    BOOST_TEST(db::owner_of_account(connection, target.account_id).account_id == target.account_id);
    const model::Owner of_target = db::owner_of_target(connection, others_target.id);
    BOOST_TEST(of_target.account_id == others_target.account_id);
    BOOST_TEST(of_target.target_id.value_or(0) == others_target.id);
    const model::Owner of_event = db::owner_of_event(connection, target_greeting());
    BOOST_TEST(of_event.account_id == target.account_id);
    BOOST_TEST(of_event.target_id.value_or(0) == target.id);
    BOOST_TEST(!db::owner_of_event(connection, user_greeting()).target_id.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_missing_object_has_no_owner, testing::WebhookDatabase) {
    BOOST_CHECK_THROW(db::owner_of_account(connection, kNobody), db::Refused);
    BOOST_CHECK_THROW(db::owner_of_target(connection, kNobody), db::Refused);
    BOOST_CHECK_THROW(db::owner_of_event(connection, kNobody), db::Refused);
    BOOST_CHECK_THROW(db::require_webhook(connection, kNobody), db::Refused);
    BOOST_CHECK_EXCEPTION(db::owner_of_target(connection, 1), db::Refused, [](const db::Refused& refused) {
        return std::string(refused.what()) == "no such target: 11111111112";
    });
}

BOOST_FIXTURE_TEST_CASE(deleted_targets_have_an_owner_but_can_not_be_locked, testing::WebhookDatabase) {
    const db::Transaction transaction(connection);
    BOOST_TEST(db::hold_target(connection, target.id).account_id == target.account_id);
    connection.execute("UPDATE targets SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {target.id});
    BOOST_TEST(db::owner_of_target(connection, target.id).account_id == target.account_id);
    BOOST_CHECK_THROW(db::hold_target(connection, target.id), db::Refused);
}

BOOST_FIXTURE_TEST_CASE(a_locked_target_can_not_be_deleted, testing::WebhookDatabase) {
    db::Connection other(schema.settings());
    other.execute_text("SET innodb_lock_wait_timeout = 1");
    const db::Transaction transaction(connection);
    db::hold_target(connection, target.id);
    BOOST_CHECK_EXCEPTION(
        other.execute("UPDATE targets SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {target.id}),
        db::Error, [](const db::Error& error) { return error.is(db::ErrorCategory::kRetry); });
}

BOOST_FIXTURE_TEST_CASE(webhooks_are_found_deleted_or_not, testing::WebhookDatabase) {
    const model::Id webhook = add_webhook(of_target());
    db::require_webhook(connection, webhook);
    connection.execute_text("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6)");
    db::require_webhook(connection, webhook);
}
