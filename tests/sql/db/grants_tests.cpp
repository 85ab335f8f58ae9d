#define BOOST_TEST_MODULE sql_db_grants
#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/admin_store.hpp"
#include "sql/batch_statements.hpp"
#include "sql/key_digest.hpp"
#include "sql/schema.hpp"
#include "tests/support/test_database.hpp"

namespace {

constexpr std::string_view kKey = "a key";

// Done by the operator's user, so that its rights are seen to be enough.
struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings_of("admin")};
    db::Target target;

    Fixture() {
        db::migrate(admin);
        db::AdminStore store(admin);
        const db::Id account = store.create_account("Example").id;
        const db::Id user = store.create_user(account, "ana@example.com", "Ana").id;
        store.create_key(user, "build", db::digest_key(kKey), std::nullopt);
        target = store.create_target(account, "Shop", "https://shop.example.com");
    }
};

bool is_denial(const db::Error& error) {
    // Access denied: to the database, for lack of a global right, to a table, to a column, to a routine; and
    // rights that only an administrator has.
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

BOOST_FIXTURE_TEST_CASE(the_api_can_register_a_webhook, Fixture) {
    db::Connection api(schema.settings_of("api"));
    BOOST_CHECK_NO_THROW(db::require_current_schema(api));
    const std::array question{db::AccessQuestion{db::digest_key(kKey), target.id}};
    const db::Rows access = api.query_text(db::select_access(question));
    BOOST_REQUIRE(access.size() == 1U);
    using Column = db::AccessColumn;
    BOOST_TEST(access.text(0, Column::kEventType) == "target_created");

    const db::NewWebhook webhook{.url = "https://ci.example.com", .name = "CI"};
    const std::array row{db::WebhookRow{.id = db::draw_id(),
                                        .account_id = access.number(0, Column::kAccount),
                                        .user_id = access.number(0, Column::kUser),
                                        .target_id = access.number(0, Column::kTarget),
                                        .greeting_id = access.number(0, Column::kEvent),
                                        .webhook = &webhook}};
    db::Transaction transaction(api);
    api.execute_text(db::insert_webhooks(row, access.text(0, Column::kNow)));
    api.execute_text(db::insert_greetings(row, access.text(0, Column::kNow)));
    transaction.commit();
    const std::array id{row[0].id};
    BOOST_TEST(api.query_text(db::count_webhooks(id)).number(0, 0) == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_api_can_do_no_more, Fixture) {
    db::Connection api(schema.settings_of("api"));
    for (const std::string& table : {std::string("accounts"), std::string("users"), std::string("webhooks"),
                                     std::string("deliveries")}) {
        check_denied(api, "SELECT * FROM " + table);
    }
    for (const std::string& column : {std::string("url"), std::string("name"), std::string("account_id"),
                                      std::string("target_id"), std::string("created_by")}) {
        check_denied(api, "SELECT " + column + " FROM webhooks");
    }
    check_denied(api, "SELECT event_id FROM deliveries");
    for (const std::string& table :
         {std::string("accounts"), std::string("users"), std::string("api_keys"), std::string("targets"),
          std::string("events"), std::string("schema_migrations")}) {
        check_denied(api, "INSERT INTO " + table + " SELECT * FROM " + table);
        check_denied(api, "INSERT INTO " + table + " VALUES ()");
    }
    for (const std::string& table : {std::string("accounts"), std::string("users"), std::string("api_keys"),
                                     std::string("targets"), std::string("events"), std::string("webhooks"),
                                     std::string("deliveries"), std::string("schema_migrations")}) {
        const std::string column = table == "deliveries"          ? "event_id"
                                   : table == "schema_migrations" ? "number"
                                                                  : "id";
        check_denied(api, "UPDATE " + table + " SET " + column + " = 1");
        check_denied(api, "DELETE FROM " + table);
        check_denied(api, "REPLACE INTO " + table + " (" + column + ") VALUES (1)");
        check_denied(api, "TRUNCATE TABLE " + table);
        check_denied(api, "DROP TABLE " + table);
        check_denied(api, "ALTER TABLE " + table + " ADD COLUMN more INT NULL");
        check_denied(api, "CREATE INDEX more ON " + table + " (" + column + ")");
        check_denied(api, "LOCK TABLES " + table + " WRITE");
    }
    check_denied(api, "INSERT INTO webhooks (id) VALUES (1) ON DUPLICATE KEY UPDATE id = 2");
    check_denied(
        api,
        "INSERT INTO deliveries (event_id, webhook_id) VALUES (1, 1) ON DUPLICATE KEY UPDATE status = 1");
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
