#define BOOST_TEST_MODULE sql_db_outbox
#include "sql/outbox.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sql/admin_store.hpp"
#include "sql/event_rules.hpp"
#include "sql/schema.hpp"
#include "tests/support/test_database.hpp"

namespace {

constexpr std::size_t kAll = 1'000'000;

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    db::Target target;

    Fixture() {
        db::migrate(connection);
        db::AdminStore store(connection);
        target = store.create_target(store.create_account("Example").id, "Shop", "https://shop.example.com");
        for (int webhook = 1; webhook <= 2; ++webhook) add_webhook(static_cast<db::Id>(webhook));
    }

    void add_webhook(db::Id id) {
        connection.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, created_at,"
            " created_by) VALUES (?, ?, ?, 'https://example.com', '', TRUE, 'v1', UTC_TIMESTAMP(6), 1)",
            {id, target.account_id, target.id});
    }

    void write_to(const std::string& to, const std::string& content = "{}",
                  const std::string& occurred_at = "NULL") {
        connection.execute_text("SET @occurred_at = " + occurred_at);
        connection.execute(
            "INSERT INTO outbox (target, event_type, content, occurred_at)"
            " VALUES (?, 'scan_completed', ?, @occurred_at)",
            {to, content});
    }
    void write(const std::string& content = "{}") { write_to(db::to_base58(target.id), content); }

    // The table's own judgement of content is the server's, and no two servers' are the same.
    void drop_constraint() { connection.execute_text("ALTER TABLE outbox DROP CONSTRAINT outbox_content"); }

    std::uint64_t count(const std::string& what) {
        return connection.query_text("SELECT COUNT(*) FROM " + what).number(0, 0);
    }
    std::uint64_t events() { return count("events WHERE event_type = 'scan_completed'"); }

    std::string error_of_only_row() {
        const db::Rows rows = connection.query("SELECT error, failed_at FROM outbox");
        BOOST_REQUIRE(rows.size() == 1U);
        BOOST_TEST(!rows.is_null(0, 1));
        return rows.cell(0, 0).value_or("");
    }
};

std::string nested(std::size_t levels) {
    std::string text = "{}";
    for (std::size_t i = 1; i < levels; ++i) text = "{\"a\":" + text + "}";
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_row_becomes_an_event_with_its_deliveries, Fixture) {
    const std::string content = "{\"id\": \"x\",  \"name\": \"\xC3\xBC \xF0\x9F\x98\x80 '\\\\\"}";
    write(content);
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    const db::Rows rows = connection.query(
        "SELECT id, account_id, target_id, content, occurred_at BETWEEN UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE "
        "AND"
        " UTC_TIMESTAMP(6) FROM events WHERE event_type = 'scan_completed'");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows.number(0, 1) == target.account_id);
    BOOST_TEST(rows.number(0, 2) == target.id);
    BOOST_TEST(rows.text(0, 3) == content);
    BOOST_TEST(rows.number(0, 4) == 1U);
    BOOST_TEST(count("deliveries WHERE event_id = " + rows.text(0, 0)) == 2U);
    BOOST_TEST(count("outbox") == 0U);
    BOOST_TEST(db::drain_outbox(connection, kAll) == 0U);
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(it_occurred_when_it_is_said_to_have_else_when_it_was_written, Fixture) {
    write_to(db::to_base58(target.id), "{}", "'2026-02-03 04:05:06.789'");
    db::drain_outbox(connection, kAll);
    BOOST_TEST(count("events WHERE occurred_at = '2026-02-03 04:05:06.789'") == 1U);
    // Both webhooks were registered later.
    BOOST_TEST(count("deliveries WHERE occurred_at = '2026-02-03 04:05:06.789'") == 0U);

    write();
    connection.execute_text("UPDATE outbox SET recorded_at = '2026-03-04 05:06:07.000008'");
    db::drain_outbox(connection, kAll);
    BOOST_TEST(count("events WHERE occurred_at = '2026-03-04 05:06:07.000008'") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_bad_row_stays_with_its_reason_and_holds_up_no_other, Fixture) {
    drop_constraint();
    write();
    write_to("11111111111");
    write_to("not an id");
    write(nested(101));
    write("{\"a\":\"" + std::string(db::kMaxContentBytes, 'x') + "\"}");
    write_to(db::to_base58(target.id), "{}", "'1969-12-31 23:59:59'");
    write(nested(100));
    BOOST_TEST(db::drain_outbox(connection, kAll) == 7U);
    BOOST_TEST(events() == 2U);
    const db::Rows rows =
        connection.query("SELECT error FROM outbox WHERE failed_at IS NOT NULL ORDER BY id");
    BOOST_REQUIRE(rows.size() == 5U);
    BOOST_TEST(rows.text(0, 0) == "target: There is no such target.");
    BOOST_TEST(rows.text(1, 0) == "target: There is no such target.");
    BOOST_TEST(rows.text(2, 0).starts_with("content: JSON parse error - Nested deeper than 100 levels."));
    BOOST_TEST(rows.text(3, 0) == "content: It has more than 65536 bytes.");
    BOOST_TEST(rows.text(4, 0) == "occurred_at: It is before 1970.");
    BOOST_TEST(db::drain_outbox(connection, kAll) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_row_of_a_deleted_target_is_bad, Fixture) {
    db::AdminStore(connection).delete_target(target.id);
    write();
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    BOOST_TEST(error_of_only_row() == "target: There is no such target.");
}

BOOST_FIXTURE_TEST_CASE(content_is_judged_as_the_api_judges_it, Fixture) {
    drop_constraint();
    write("{\"a\":\"\\ud800\"}");
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    BOOST_TEST(error_of_only_row().starts_with("content: JSON parse error - "));
}

BOOST_FIXTURE_TEST_CASE(a_bad_row_that_is_mended_is_taken_again, Fixture) {
    write_to("11111111111");
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    connection.execute("UPDATE outbox SET failed_at = NULL, target = ?", {db::to_base58(target.id)});
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    BOOST_TEST(events() == 1U);
    BOOST_TEST(count("outbox") == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_more_are_taken_than_asked_for_oldest_first, Fixture) {
    for (int i = 0; i < 80; ++i) write("{\"n\":" + std::to_string(i) + "}");
    BOOST_TEST(db::drain_outbox(connection, 70) == 70U);
    BOOST_TEST(events() == 70U);
    BOOST_TEST(connection.query("SELECT content FROM outbox ORDER BY id LIMIT 1").text(0, 0) == "{\"n\":70}");
    BOOST_TEST(db::drain_outbox(connection, 0) == 0U);
    BOOST_TEST(db::drain_outbox(connection, kAll) == 10U);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_committed_is_not_there_and_is_not_waited_for, Fixture) {
    db::Connection application(schema.settings());
    db::Transaction transaction(application);
    application.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, 'scan_started', '{}')",
                        {db::to_base58(target.id)});
    write();
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
    transaction.commit();
    BOOST_TEST(db::drain_outbox(connection, kAll) == 1U);
}

BOOST_FIXTURE_TEST_CASE(drainers_at_once_take_every_row_once, Fixture) {
    constexpr int kRows = 600;
    for (int i = 0; i < kRows; ++i)
        write_to(i % 10 == 9 ? "11111111111" : db::to_base58(target.id), "{\"n\":" + std::to_string(i) + "}");
    std::atomic<std::size_t> taken = 0;
    std::vector<std::jthread> drainers;
    for (int i = 0; i < 4; ++i) {
        drainers.emplace_back([&] {
            db::Connection own(schema.settings());
            while (taken < kRows) taken += db::drain_outbox(own, 50);
        });
    }
    drainers.clear();
    BOOST_TEST(taken == static_cast<std::size_t>(kRows));
    BOOST_TEST(events() == kRows / 10 * 9);
    BOOST_TEST(
        count("(SELECT DISTINCT content FROM events WHERE event_type = 'scan_completed') AS contents") ==
        kRows / 10 * 9);
    BOOST_TEST(count("outbox") == kRows / 10);
    BOOST_TEST(
        connection.query("SELECT SUM(n) FROM totals WHERE owner = 'target' AND what = 'scan_completed'")
            .number(0, 0) == kRows / 10 * 9);
}

BOOST_FIXTURE_TEST_CASE(the_applications_user_can_write_rows_and_no_more, Fixture) {
    db::Connection application(schema.settings_of("outbox"));
    application.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, 'scan_completed', '{}')",
                        {db::to_base58(target.id)});
    application.execute(
        "INSERT INTO outbox (target, event_type, content, occurred_at)"
        " VALUES (?, 'finding_fixed', '{}', '2026-01-31 16:32:17.238553')",
        {db::to_base58(target.id)});
    for (const std::string statement :
         {"SELECT id FROM outbox", "UPDATE outbox SET failed_at = NULL", "DELETE FROM outbox",
          "INSERT INTO outbox (id, target, event_type, content) VALUES (1, '', 'scan_started', '{}')",
          "INSERT INTO outbox (target, event_type, content, error) VALUES ('', 'scan_started', '{}', '')",
          "SELECT id FROM targets", "SELECT id FROM events", "INSERT INTO events (id) VALUES (1)"}) {
        BOOST_TEST_CONTEXT(statement) BOOST_CHECK_THROW(application.execute_text(statement), db::Error);
    }
    BOOST_TEST(db::drain_outbox(connection, kAll) == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_table_refuses_what_is_plainly_wrong, Fixture) {
    const std::string to = db::to_base58(target.id);
    for (const std::string content : {"", "[]", "null", "{", "text"}) {
        BOOST_TEST_CONTEXT(content) BOOST_CHECK_THROW(write_to(to, content), db::Error);
    }
    BOOST_CHECK_THROW(
        connection.execute(
            "INSERT INTO outbox (target, event_type, content) VALUES (?, 'user_created', '{}')", {to}),
        db::Error);
    BOOST_TEST(count("outbox") == 0U);
}
