#define BOOST_TEST_MODULE grants
#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "common/base/sha256.hpp"
#include "sql/connection/schema.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/operator/admin_store.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/waiting_writes.hpp"

namespace {

constexpr std::string_view kKey = "a key";

// Runs as the operator's user, which shows that its rights suffice.
struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings_of("admin")};
    db::Target target;

    Fixture() {
        db::migrate(admin);
        db::AdminStore store(admin);
        const model::Id account = store.create_account("Example").id;
        const model::Id user = store.create_user(account, "ana@example.com", "Ana").id;
        store.create_key(user, "build", base::sha256(kKey), std::nullopt);
        target = store.create_target(account, "Shop", "https://shop.example.com");
    }
};

bool is_denial(const db::Error& error) {
    // Access denied: to the database, without a global right, to a table, to a column, to a routine; and
    // missing rights of an administrator.
    constexpr std::array kDenials = {1044, 1045, 1142, 1143, 1227, 1370, 1410, 1419};
    return std::find(kDenials.begin(), kDenials.end(), error.code()) != kDenials.end();
}

void check_denied(db::Connection& connection, const std::string& statement) {
    BOOST_TEST_CONTEXT(statement) {
        BOOST_CHECK_EXCEPTION(connection.execute_text(statement), db::Error, [](const db::Error& error) {
            BOOST_TEST_INFO(error.code() << ": " << error.what());
            return is_denial(error);
        });
    }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_operator_can_do_its_work, Fixture) {
    db::AdminStore store(admin);
    BOOST_TEST(store.verify_target(target.id).verified_at.has_value());
    store.delete_target(target.id);
    const auto keys = store.list_keys_of_account(target.account_id);
    BOOST_REQUIRE(keys.size() == 1U);
    BOOST_TEST(store.revoke_key(keys[0].id).state == "revoked");
    BOOST_TEST(db::migrate(admin).empty());
    admin.execute_text("ALTER TABLE webhooks ADD COLUMN later INT NULL, ADD INDEX later (later)");
    admin.execute_text(
        "CREATE TABLE later (id BIGINT UNSIGNED NOT NULL, FOREIGN KEY (id) REFERENCES accounts (id))");
    admin.execute_text("DROP TABLE later");
}

BOOST_FIXTURE_TEST_CASE(the_operator_has_no_rights_outside_its_schema, Fixture) {
    const testing::TestSchema other;
    db::Connection(other.settings()).execute_text("CREATE TABLE t (a INT)");
    for (const std::string& statement :
         {"SELECT * FROM " + other.name() + ".t", "CREATE TABLE " + other.name() + ".u (a INT)",
          "DROP DATABASE " + other.name(), "SELECT * FROM mysql.user" + std::string(),
          "CREATE USER '" + other.name() + "'@'localhost'" + std::string(),
          "GRANT SELECT ON accounts TO '" + other.name() + "'@'localhost'" + std::string()}) {
        check_denied(admin, statement);
    }
}

BOOST_FIXTURE_TEST_CASE(the_api_can_do_its_work, Fixture) {
    const auto settings = schema.settings_of("api");
    db::Connection api(settings);
    BOOST_CHECK_NO_THROW(db::require_current_schema(api));
    testing::WaitingWrites writes({.connection = settings}, security::SecretCipher({}),
                                  [](std::string_view, std::string_view) {});
    const auto outcome = writes.submit(
        db::Registration{.key = base::sha256(kKey),
                         .scope = {target.id},
                         .webhook = model::WebhookFields{.url = "https://ci.example.com", .name = ""}});
    BOOST_REQUIRE(std::holds_alternative<model::Event>(outcome));
    const auto& greeting = std::get<model::Event>(outcome);
    const model::Id webhook = greeting.deliveries.at(0).webhook_id;

    const model::Owner owner{target.account_id, target.id};
    db::Transaction transaction(api);
    const model::Id event = db::record_event(api, {owner, "scan_started", "{}"});
    BOOST_TEST(db::schedule_anew(api, event, webhook));
    transaction.commit();
    BOOST_TEST(db::find_event(api, owner, event)->deliveries.size() == 1U);
    BOOST_TEST(db::count_webhooks(api, owner) == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_api_can_do_no_more, Fixture) {
    db::Connection api(schema.settings_of("api"));
    struct Table {
        const char* name;
        const char* column;
        const char* rights;
    };
    constexpr std::array kTables{Table{"accounts", "id", ""},
                                 Table{"users", "id", "S"},
                                 Table{"api_keys", "id", "S"},
                                 Table{"api_key_targets", "key_id", "S"},
                                 Table{"targets", "id", "S"},
                                 Table{"schema_migrations", "number", "S"},
                                 Table{"outbox", "id", ""},
                                 Table{"audit", "id", "I"},
                                 Table{"secret_key_check", "id", "SI"},
                                 Table{"events", "id", "SI"},
                                 Table{"webhooks", "id", "SIU"},
                                 Table{"counters", "n", "SIU"},
                                 Table{"key_rates", "n", "SIU"},
                                 Table{"idempotency_keys", "object_id", "SIUD"},
                                 Table{"retired_secrets", "id", "SID"},
                                 Table{"failing_webhooks", "webhook_id", "SD"},
                                 Table{"webhook_mails", "webhook_id", ""},
                                 Table{"deliveries", "event_id", "SIUD"}};
    for (const Table& entry : kTables) {
        const std::string table = entry.name;
        const std::string column = entry.column;
        const auto deny_without = [&](char right, const std::string& statement) {
            if (std::string_view(entry.rights).find(right) == std::string_view::npos)
                check_denied(api, statement);
        };
        deny_without('S', "SELECT * FROM " + table);
        deny_without('I', "INSERT INTO " + table + " VALUES ()");
        deny_without('U', "UPDATE " + table + " SET " + column + " = 1");
        deny_without('D', "DELETE FROM " + table);
        deny_without('D', "REPLACE INTO " + table + " (" + column + ") VALUES (1)");
        check_denied(api, "TRUNCATE TABLE " + table);
        check_denied(api, "DROP TABLE " + table);
        check_denied(api, "ALTER TABLE " + table + " ADD COLUMN more INT NULL");
        check_denied(api, "CREATE INDEX more ON " + table + " (" + column + ")");
        check_denied(api, "LOCK TABLES " + table + " WRITE");
    }
    check_denied(api, "CREATE TABLE more (id INT)");
    check_denied(api, "CREATE TEMPORARY TABLE more (id INT)");
    check_denied(api, "CREATE VIEW more AS SELECT id FROM targets");
    check_denied(api, "CREATE PROCEDURE more() SELECT 1");
    check_denied(api, "CREATE TRIGGER more BEFORE INSERT ON webhooks FOR EACH ROW SET NEW.name = ''");
    check_denied(api, "CREATE DATABASE " + schema.name() + "_more");
    check_denied(api, "DROP DATABASE " + schema.name());
    check_denied(api, "GRANT SELECT ON targets TO CURRENT_USER()");
    check_denied(api, "SELECT * FROM mysql.user");
    check_denied(api, "SELECT 1 INTO OUTFILE '/tmp/" + schema.name() + "'");
    check_denied(api, "SET GLOBAL max_connections = 10");
}

BOOST_FIXTURE_TEST_CASE(the_delivery_daemon_can_do_its_work, Fixture) {
    db::Connection deliver(schema.settings_of("deliver"));
    BOOST_CHECK_NO_THROW(db::require_current_schema(deliver));
    BOOST_TEST(!deliver.query_text("SELECT content FROM events").empty());
    BOOST_TEST(deliver.query_text("SELECT url, secret, headers FROM webhooks").empty());
    BOOST_TEST(deliver.query_text("SELECT email, name FROM users WHERE id <> 0").size() == 1U);
    for (const char* statement :
         {"UPDATE webhooks SET enabled = FALSE, disabled_reason = 'gone', secret = '' WHERE id = 1",
          "UPDATE webhooks SET url = '', name = '', headers = NULL, deleted_at = NOW() WHERE id = 1",
          "DELETE FROM audit WHERE id = 1 AND done_at < '2020-01-01'",
          "UPDATE deliveries SET status = 1 WHERE event_id = 1", "DELETE FROM deliveries WHERE event_id = 1",
          "DELETE FROM events WHERE id = 1", "DELETE FROM attempts WHERE id = 1",
          "DELETE FROM idempotency_keys WHERE created_at < '2020-01-01'",
          "DELETE FROM retired_secrets WHERE expires_at < '2020-01-01'"}) {
        BOOST_TEST_CONTEXT(statement) BOOST_CHECK_NO_THROW(deliver.execute_text(statement));
    }
}

BOOST_FIXTURE_TEST_CASE(the_delivery_daemon_can_do_no_more, Fixture) {
    db::Connection deliver(schema.settings_of("deliver"));
    for (const char* statement : {"SELECT id FROM accounts",
                                  "SELECT created_event_id FROM users",
                                  "UPDATE users SET email = ''",
                                  "SELECT digest FROM api_keys",
                                  "SELECT response FROM idempotency_keys",
                                  "INSERT INTO webhooks SELECT * FROM webhooks",
                                  "DELETE FROM webhooks",
                                  "UPDATE webhooks SET account_id = 1",
                                  "INSERT INTO audit (id, done_at, action) VALUES (1, NOW(), 'migrate')",
                                  "SELECT object FROM audit",
                                  "UPDATE audit SET action = ''",
                                  "UPDATE secret_key_check SET id = 2",
                                  "DELETE FROM secret_key_check",
                                  "UPDATE events SET content = '{}'",
                                  "INSERT INTO targets SELECT * FROM targets",
                                  "UPDATE targets SET name = ''",
                                  "DELETE FROM targets",
                                  "UPDATE retired_secrets SET expires_at = NULL",
                                  "INSERT INTO schema_migrations VALUES (9, 'x', NOW())",
                                  "DROP TABLE deliveries",
                                  "TRUNCATE TABLE events",
                                  "ALTER TABLE deliveries ADD COLUMN more INT NULL",
                                  "CREATE TABLE more (id INT)",
                                  "SELECT * FROM mysql.user"}) {
        check_denied(deliver, statement);
    }
}
