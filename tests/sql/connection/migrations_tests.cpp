#define BOOST_TEST_MODULE migrations
#include "sql/connection/schema.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <future>
#include <span>
#include <string>
#include <vector>

#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace {

// Two versions of a program: the second adds a column to the first one's table.
constexpr std::array kTwoMigrations{
    db::Migration{1, "0001_first", "CREATE TABLE IF NOT EXISTS things (id INT PRIMARY KEY);\n"},
    db::Migration{2, "0002_more",
                  "ALTER TABLE things ADD COLUMN size INT, ADD KEY things_size (size);\n"
                  "CREATE TABLE IF NOT EXISTS more_things (id INT PRIMARY KEY);\n"}};
constexpr std::span kVersion1 = std::span(kTwoMigrations).first<1>();
constexpr std::span kVersion2 = std::span(kTwoMigrations);

std::vector<std::string> all_names() {
    std::vector<std::string> names;
    for (const auto& migration : db::migrations()) names.emplace_back(migration.name);
    return names;
}

void check_equal(const std::vector<std::string>& names, const std::vector<std::string>& expected) {
    BOOST_TEST(names == expected, boost::test_tools::per_element());
}

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};

    void check_refused(std::string_view message, std::span<const db::Migration> known = db::migrations()) {
        BOOST_CHECK_EXCEPTION(db::require_current_schema(connection, known), db::SchemaError,
                              [message](const db::SchemaError& error) {
                                  BOOST_TEST_INFO(error.what());
                                  return std::string_view(error.what()).find(message) !=
                                         std::string_view::npos;
                              });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_empty_database_is_refused_until_it_is_migrated, Fixture) {
    check_refused("targethooks migrate");
    check_equal(db::migrate(connection), all_names());
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
    const db::Rows rows =
        connection.query("SELECT COUNT(*) FROM schema_migrations WHERE applied_at <= UTC_TIMESTAMP(6)");
    BOOST_TEST(rows.number(0, 0) == db::migrations().size());
}

BOOST_FIXTURE_TEST_CASE(a_second_migration_has_nothing_to_do, Fixture) {
    db::migrate(connection);
    check_equal(db::migrate(connection), {});
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
}

BOOST_FIXTURE_TEST_CASE(one_of_several_concurrent_runs_migrates, Fixture) {
    const auto migrate = [this] {
        db::Connection own(schema.settings());
        return db::migrate(own);
    };
    std::vector<std::future<std::vector<std::string>>> runs;
    for (int i = 0; i < 6; ++i) runs.push_back(std::async(std::launch::async, migrate));
    std::vector<std::string> applied;
    for (auto& run : runs) {
        for (auto& name : run.get()) applied.push_back(std::move(name));
    }
    check_equal(applied, all_names());
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
}

BOOST_FIXTURE_TEST_CASE(an_interrupted_migration_is_finished_by_the_next, Fixture) {
    db::migrate(connection);
    // As if the run had stopped in the middle: some tables exist, and no migration is recorded.
    connection.execute("DELETE FROM schema_migrations");
    connection.execute_text("DROP TABLE deliveries");
    check_refused("targethooks migrate");
    check_equal(db::migrate(connection), all_names());
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
    BOOST_TEST(connection.query("SELECT COUNT(*) FROM deliveries").number(0, 0) == 0U);
}

BOOST_FIXTURE_TEST_CASE(only_what_is_missing_is_applied, Fixture) {
    check_equal(db::migrate(connection, kVersion1), {"0001_first"});
    check_refused("0002_more", kVersion2);
    check_equal(db::migrate(connection, kVersion2), {"0002_more"});
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection, kVersion2));
    check_refused("0002_more", kVersion1);
    BOOST_CHECK_THROW(db::migrate(connection, kVersion1), db::SchemaError);
    check_equal(db::migrate(connection, kVersion2), {});
}

// An ALTER TABLE can't be repeated, because its columns exist.
BOOST_FIXTURE_TEST_CASE(a_migration_that_was_interrupted_behind_an_alter_table_is_finished, Fixture) {
    db::migrate(connection, kVersion1);
    connection.execute_text("ALTER TABLE things ADD COLUMN size INT, ADD KEY things_size (size)");
    check_equal(db::migrate(connection, kVersion2), {"0002_more"});
    BOOST_TEST(connection.query("SELECT COUNT(*) FROM more_things").number(0, 0) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_newer_database_is_refused_and_left_alone, Fixture) {
    db::migrate(connection);
    connection.execute("INSERT INTO schema_migrations VALUES (9999, '9999_future', UTC_TIMESTAMP(6))");
    check_refused("9999_future");
    BOOST_CHECK_THROW(db::migrate(connection), db::SchemaError);
    connection.execute("DELETE FROM schema_migrations WHERE number = 9999");
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
    connection.execute("UPDATE schema_migrations SET name = '0001_other' WHERE number = 1");
    check_refused("0001_other");
    BOOST_CHECK_THROW(db::migrate(connection), db::SchemaError);
}

BOOST_FIXTURE_TEST_CASE(a_user_without_rights_is_told_so, Fixture) {
    db::migrate(connection);
    auto settings = schema.settings_of("api");
    connection.execute_text("REVOKE SELECT ON schema_migrations FROM '" + settings.user + "'@'localhost'");
    db::Connection unprivileged(settings);
    BOOST_CHECK_EXCEPTION(db::require_current_schema(unprivileged), db::SchemaError,
                          [](const db::SchemaError& error) {
                              return std::string_view(error.what()).find("grants") != std::string_view::npos;
                          });
}

BOOST_FIXTURE_TEST_CASE(the_lock_is_given_back, Fixture) {
    db::migrate(connection);
    const db::Rows rows = connection.query(
        "SELECT IS_FREE_LOCK(CONCAT('targethooks_migrate_', LEFT(SHA2(DATABASE(), 256), 32)))");
    BOOST_TEST(rows.number(0, 0) == 1U);
}

// The nodes of a cluster don't share named locks, and the later one of two runs gets a deadlock. The third
// prepared statement is the first that records a migration.
BOOST_FIXTURE_TEST_CASE(a_migration_that_another_node_disturbs_is_done_again, Fixture) {
    testing::DatabaseProxy proxy(schema.settings());
    proxy.answer_execute(3, 1213);
    db::Connection disturbed(proxy.settings());
    BOOST_TEST(db::migrate(disturbed).size() == db::migrations().size());
    BOOST_TEST(proxy.has_answered_execute());
    BOOST_CHECK_NO_THROW(db::require_current_schema(connection));
}
