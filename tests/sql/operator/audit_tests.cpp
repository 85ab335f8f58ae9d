#define BOOST_TEST_MODULE audit
#include "sql/operator/audit.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sql/operator/admin_store.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/webhook_database.hpp"

using testing::number;

namespace {

const model::Slice kAll{.offset = 0, .length = 1000};

struct Fixture : testing::WebhookDatabase {
    Fixture() { connection.execute_text("DELETE FROM audit"); }

    db::AuditEntry only() {
        const auto entries = db::list_audit(connection, {}, kAll);
        BOOST_REQUIRE(entries.size() == 1U);
        return entries[0];
    }
    // Sorted, because ids of the same millisecond have no order.
    std::vector<std::string> actions(const db::AuditFilter& filter = {}) {
        std::vector<std::string> found;
        for (const auto& entry : db::list_audit(connection, filter, kAll)) found.push_back(entry.action);
        std::ranges::sort(found);
        return found;
    }
    std::uint64_t rows() { return number(connection, "SELECT COUNT(*) FROM audit"); }
};

using Actions = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(reading_or_rotating_a_secret_leaves_a_row, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    const db::Actor by{.user_id = user.id, .key_id = 77, .request_id = "b351a234"};
    BOOST_TEST(db::webhook_secret(connection, cipher, of_target(), webhook, by).has_value());
    const db::AuditEntry entry = only();
    BOOST_TEST(entry.action == "secret read");
    BOOST_TEST(entry.object.value_or("") == "webhook " + model::to_base58(webhook));
    BOOST_TEST(entry.account_id.value_or(0) == target.account_id);
    BOOST_TEST(entry.user_id.value_or(0) == user.id);
    BOOST_TEST(entry.key_id.value_or(0) == 77U);
    BOOST_TEST(entry.request_id.value_or("") == "b351a234");
    BOOST_TEST(!entry.operator_name.has_value());
    BOOST_TEST(db::rotate_webhook_secret(connection, cipher, of_target(), webhook, by).has_value());
    BOOST_TEST(actions() == (Actions{"secret read", "secret rotate"}));
}

BOOST_FIXTURE_TEST_CASE(a_refused_secret_leaves_no_row, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    BOOST_TEST(!db::webhook_secret(connection, cipher, of_account(), webhook, {}).has_value());
    BOOST_TEST(!db::rotate_webhook_secret(connection, cipher, of_account(), webhook, {}).has_value());
    BOOST_TEST(rows() == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_secret_is_shown_or_changed_without_a_row, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    const std::string before = db::webhook_secret(connection, cipher, of_target(), webhook, {}).value();
    connection.execute_text("DROP TABLE audit");
    BOOST_CHECK_THROW((void)db::webhook_secret(connection, cipher, of_target(), webhook, {}), db::Error);
    BOOST_CHECK_THROW((void)db::rotate_webhook_secret(connection, cipher, of_target(), webhook, {}),
                      db::Error);
    const std::string sealed =
        connection.query("SELECT secret FROM webhooks WHERE id = ?", {webhook}).text(0, 0);
    BOOST_TEST((cipher.open(webhook, sealed) == before));
    BOOST_TEST(retired_secrets(webhook).empty());
}

BOOST_FIXTURE_TEST_CASE(each_change_by_the_operator_leaves_a_row, Fixture) {
    db::AdminStore store(connection, model::generate_id, {.operator_name = "root (sudo: ana)"});
    const db::Account account = store.create_account("New");
    const db::User person = store.create_user(account.id, "eve@example.com", "Eve");
    const db::ApiKey key = store.create_key(person.id, "ci", base::sha256("x"), std::nullopt);
    store.revoke_key(key.id);
    const db::Target shop = store.create_target(account.id, "Shop", "https://shop.example.com");
    store.verify_target(shop.id);
    store.delete_target(shop.id);
    BOOST_TEST(actions({.account_id = account.id}) ==
               (Actions{"account create", "key create", "key revoke", "target create", "target delete",
                        "target verify", "user create"}));
    for (const auto& entry : db::list_audit(connection, {}, kAll)) {
        BOOST_TEST(entry.operator_name.value_or("") == "root (sudo: ana)");
        BOOST_TEST(!entry.user_id.has_value());
    }
    BOOST_CHECK_THROW(store.revoke_key(key.id), db::Refused);
    BOOST_CHECK_THROW(store.verify_target(shop.id), db::Refused);
    BOOST_TEST(rows() == 7U);
}

BOOST_FIXTURE_TEST_CASE(an_undone_change_leaves_no_row, Fixture) {
    {
        const db::Transaction transaction(connection);
        db::record_deed(connection, {}, {.action = "migrate"});
    }
    BOOST_TEST(rows() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_list_can_be_narrowed, Fixture) {
    const auto record = [&](std::string_view action, std::optional<model::Id> account) {
        db::record_deed(connection, {}, {.action = action, .account_id = account});
    };
    record("migrate", std::nullopt);
    record("key create", 1);
    record("key revoke", 2);
    record("key create", 2);
    BOOST_TEST(actions().size() == 4U);
    BOOST_TEST(actions({.account_id = 2}) == (Actions{"key create", "key revoke"}));
    BOOST_TEST(actions({.action = "key create"}).size() == 2U);
    BOOST_TEST(actions({.account_id = 1, .action = "key revoke"}).empty());
    connection.execute_text("UPDATE audit SET done_at = '2026-01-31' WHERE account_id = 1");
    BOOST_TEST(actions({.since = "2026-02-01T00:00:00.000000Z"}).size() == 3U);
    BOOST_TEST(db::list_audit(connection, {}, {.offset = 1, .length = 2}).size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_apis_user_can_add_rows_and_no_more, Fixture) {
    db::Connection api(schema.settings_of("api"));
    BOOST_CHECK_NO_THROW(db::record_deed(api, {}, {.action = "secret read"}));
    BOOST_CHECK_THROW((void)db::list_audit(api, {}, kAll), db::Error);
    BOOST_CHECK_THROW(api.execute_text("UPDATE audit SET action = ''"), db::Error);
    BOOST_CHECK_THROW(api.execute_text("DELETE FROM audit"), db::Error);
    db::Connection deliver(schema.settings_of("deliver"));
    BOOST_CHECK_THROW(db::record_deed(deliver, {}, {.action = "secret read"}), db::Error);
    BOOST_CHECK_THROW(deliver.execute_text("UPDATE audit SET action = ''"), db::Error);
    BOOST_CHECK_THROW(deliver.query_text("SELECT action FROM audit"), db::Error);
}
