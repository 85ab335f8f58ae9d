#define BOOST_TEST_MODULE outbox
#include "sql/connection/sql_text.hpp"
#include "sql/events/outbox.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/model/event_types.hpp"
#include "sql/connection/schema.hpp"
#include "sql/events/outbox_list.hpp"
#include "sql/operator/admin_store.hpp"
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
        for (int webhook = 1; webhook <= 2; ++webhook) add_webhook(static_cast<model::Id>(webhook));
    }

    void add_webhook(model::Id id) {
        connection.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at,"
            " created_by) VALUES (?, ?, ?, 'https://example.com', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1)",
            {id, target.account_id, target.id});
    }

    void write_to(const std::string& to, const std::string& content = "{}",
                  const std::string& occurred_at = "NULL") {
        db::SqlText statement("INSERT INTO outbox (target, event_type, content, occurred_at) VALUES (");
        statement.text(to)
            .sql(", 'scan_completed', ")
            .text(content)
            .sql(", ")
            .add(db::SqlText::composed(occurred_at))
            .sql(")");
        connection.execute_text(statement.str());
    }
    void write(const std::string& content = "{}") { write_to(model::to_base58(target.id), content); }

    // The server validates JSON in the table's CHECK, and servers differ in what they accept.
    void drop_constraint() { connection.execute_text("ALTER TABLE outbox DROP CONSTRAINT outbox_content"); }

    bool is_mysql() { return connection.query("SELECT VERSION() NOT LIKE '%MariaDB%'").number(0, 0) != 0; }
    // Runs `how` whenever an event with "bad" in its content is recorded.
    void fail_events(const std::string& how) {
        connection.execute_text(
            "CREATE TRIGGER fail_events BEFORE INSERT ON events FOR EACH ROW BEGIN IF NEW.content"
            " LIKE '%bad%' THEN " +
            how + "; END IF; END");
    }
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

// Uses a new drain, which remembers no rows.
std::size_t drain_once(db::Connection& connection, std::size_t most) {
    return db::OutboxDrain().drain(connection, most);
}

std::string nested(std::size_t levels) {
    std::string text = "{}";
    for (std::size_t i = 1; i < levels; ++i) text = "{\"a\":" + text + "}";
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_row_becomes_an_event_with_its_deliveries, Fixture) {
    const std::string content = "{\"id\": \"x\",  \"name\": \"\xC3\xBC \xF0\x9F\x98\x80 '\\\\\"}";
    write(content);
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    const db::Rows rows = connection.query(
        "SELECT id, account_id, target_id, content, occurred_at BETWEEN UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE "
        "AND"
        " UTC_TIMESTAMP(6) FROM events WHERE event_type = 'scan_completed'");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows.number(0, 1) == target.account_id);
    BOOST_TEST(rows.number(0, 2) == target.id);
    BOOST_TEST(rows.text(0, 3) == "{\"id\":\"x\",\"name\":\"\xC3\xBC \xF0\x9F\x98\x80 '\\\\\"}");
    BOOST_TEST(rows.number(0, 4) == 1U);
    BOOST_TEST(count("deliveries WHERE event_id = " + rows.text(0, 0)) == 2U);
    BOOST_TEST(count("outbox") == 0U);
    BOOST_TEST(drain_once(connection, kAll) == 0U);
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_event_occurs_at_the_stated_time_or_when_it_was_written, Fixture) {
    write_to(model::to_base58(target.id), "{}", "'2026-02-03 04:05:06.789'");
    drain_once(connection, kAll);
    BOOST_TEST(count("events WHERE occurred_at = '2026-02-03 04:05:06.789'") == 1U);
    // Both webhooks were registered after this time.
    BOOST_TEST(count("deliveries WHERE occurred_at = '2026-02-03 04:05:06.789'") == 0U);

    write();
    connection.execute_text("UPDATE outbox SET recorded_at = '2026-03-04 05:06:07.000008'");
    drain_once(connection, kAll);
    BOOST_TEST(count("events WHERE occurred_at = '2026-03-04 05:06:07.000008'") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_bad_row_stays_with_its_reason_and_holds_up_no_other, Fixture) {
    drop_constraint();
    write();
    write_to("11111111111");
    write_to("not an id");
    write(nested(98));
    write("{\"a\":\"" + std::string(model::kMaxContentBytes, 'x') + "\"}");
    write_to(model::to_base58(target.id), "{}", "'1969-12-31 23:59:59'");
    write("{" + std::string(model::kMaxGivenContentBytes, ' ') + "}");
    write_to(model::to_base58(target.id), "{}", "UTC_TIMESTAMP(6) + INTERVAL 25 HOUR");
    write_to(model::to_base58(target.id), nested(97), "UTC_TIMESTAMP(6) + INTERVAL 23 HOUR");
    BOOST_TEST(drain_once(connection, kAll) == 9U);
    BOOST_TEST(events() == 2U);
    const db::Rows rows =
        connection.query("SELECT error FROM outbox WHERE failed_at IS NOT NULL ORDER BY id");
    BOOST_REQUIRE(rows.size() == 7U);
    BOOST_TEST(rows.text(0, 0) == "target: There is no such target.");
    BOOST_TEST(rows.text(1, 0) == "target: There is no such target.");
    BOOST_TEST(rows.text(2, 0).starts_with("content: JSON parse error - Nested deeper than 97 levels."));
    BOOST_TEST(rows.text(3, 0) == "content: Ensure this field has no more than 65536 bytes.");
    BOOST_TEST(rows.text(4, 0) == "occurred_at: It is before 1970.");
    BOOST_TEST(rows.text(5, 0) == "content: It has more than 262144 bytes.");
    BOOST_TEST(rows.text(6, 0) == "occurred_at: Ensure this time is at most a day ahead.");
    BOOST_TEST(drain_once(connection, kAll) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_row_with_an_impossible_time_is_bad, Fixture) {
    connection.execute_text("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'");
    const std::string to = model::to_base58(target.id);
    write_to(to, "{\"n\":1}", "'2026-02-31 01:02:03'");
    write_to(to, "{\"n\":2}", "'0000-00-00'");
    write_to(to, "{\"n\":3}", "'2026-00-10'");
    write_to(to, "{\"n\":4}", "'2023-02-29 12:00:00'");
    write("{\"n\":5}");
    connection.execute_text("UPDATE outbox SET recorded_at = '2026-04-31' WHERE content = '{\"n\":5}'");
    write("{\"n\":6}");
    db::Connection strict(schema.settings());
    BOOST_TEST(drain_once(strict, kAll) == 6U);
    BOOST_TEST(events() == 1U);
    const db::Rows rows = strict.query("SELECT error FROM outbox WHERE failed_at IS NOT NULL ORDER BY id");
    BOOST_REQUIRE(rows.size() == 5U);
    BOOST_TEST(rows.text(0, 0).starts_with("occurred_at: There is no such time: "));
    BOOST_TEST(rows.text(1, 0).starts_with("occurred_at: "));
    BOOST_TEST(rows.text(2, 0).starts_with("occurred_at: There is no such time: "));
    BOOST_TEST(rows.text(3, 0).starts_with("occurred_at: There is no such time: "));
    BOOST_TEST(rows.text(4, 0).starts_with("recorded_at: There is no such time: "));
    BOOST_TEST(db::list_outbox(strict, {.offset = 0, .length = 10}).size() == 5U);
    BOOST_TEST(db::list_stuck_outbox(strict, target.account_id, 10).size() == 5U);
}

BOOST_FIXTURE_TEST_CASE(a_row_that_the_tables_checks_would_refuse_is_set_aside_all_the_same, Fixture) {
    if (is_mysql()) return;  // there a session can't switch them off
    connection.execute_text("SET SESSION check_constraint_checks = 0");
    write("[");
    connection.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, 'user_created', '{}')",
                       {model::to_base58(target.id)});
    write();
    db::Connection other(schema.settings());
    BOOST_TEST(drain_once(other, kAll) == 3U);
    BOOST_TEST(events() == 1U);
    BOOST_TEST(count("outbox WHERE failed_at IS NOT NULL AND error IS NOT NULL") == 2U);
    const std::uint64_t row = connection.query("SELECT MIN(id) FROM outbox").number(0, 0);
    BOOST_TEST(db::release_outbox_row(other, row));
    BOOST_TEST(drain_once(other, kAll) == 1U);
    BOOST_TEST(db::discard_outbox_row(other, row));
}

BOOST_FIXTURE_TEST_CASE(a_row_whose_statements_fail_is_set_aside_with_the_reason, Fixture) {
    fail_events("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'");
    write("{\"n\":1}");
    write("{\"bad\":1}");
    write("{\"n\":2}");
    write("{\"bad\":2}");
    BOOST_TEST(drain_once(connection, kAll) == 4U);
    BOOST_TEST(events() == 2U);
    BOOST_TEST(count("outbox WHERE failed_at IS NOT NULL AND error LIKE '%not this one%'") == 2U);
    connection.execute_text("DROP TRIGGER fail_events");
    connection.execute_text("UPDATE outbox SET failed_at = NULL");
    BOOST_TEST(drain_once(connection, kAll) == 2U);
    BOOST_TEST(events() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_row_that_times_out_on_a_lock_delays_no_other_and_is_set_aside, Fixture) {
    db::AdminStore store(connection);
    const db::Target other =
        store.create_target(store.create_account("Other").id, "Blog", "https://blog.example.com");
    connection.execute_text("UPDATE webhooks SET account_id = " + std::to_string(other.account_id) +
                            ", target_id = " + std::to_string(other.id) + " WHERE id = 1");
    write_to(model::to_base58(other.id));
    for (int i = 0; i < 3; ++i) write();
    db::Connection drainer(schema.settings());
    drainer.execute_text("SET SESSION innodb_lock_wait_timeout = 1");
    db::Transaction holder(connection);
    connection.execute_text("UPDATE webhooks SET revision = revision + 1 WHERE id = 1");

    db::OutboxDrain drain(std::chrono::milliseconds{0});
    BOOST_TEST(drain.drain(drainer, kAll) == 3U);
    BOOST_TEST(count("events WHERE event_type = 'scan_completed'") == 3U);
    BOOST_TEST(drain.has_trouble());
    std::size_t passes = 1;
    while (drain.drain(drainer, kAll) == 0 && passes < 100) ++passes;
    BOOST_TEST(passes < db::OutboxDrain::kMostTries);
    BOOST_TEST(!drain.has_trouble());
    BOOST_TEST(error_of_only_row().starts_with("The database refuses it: "));
    holder.commit();
    connection.execute_text("UPDATE outbox SET failed_at = NULL");
    BOOST_TEST(drain.drain(drainer, kAll) == 1U);
    BOOST_TEST(events() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_row_that_outlasts_every_round_trip_is_not_tried_for_ever, Fixture) {
    fail_events("DO SLEEP(3)");
    write("{\"bad\":1}");
    write("{\"n\":1}");
    auto hasty = schema.settings();
    hasty.io_timeout = std::chrono::seconds{2};
    db::OutboxDrain drain(std::chrono::milliseconds{0});
    // The server's time limit ends the statement, or this side's time-out.
    for (int passes = 0; count("outbox WHERE failed_at IS NULL") != 0 && passes < 500; ++passes) {
        try {
            db::Connection fresh(hasty);
            drain.drain(fresh, kAll);
        } catch (const db::Error&) {
            // The row stays locked while the server still runs the abandoned statement.
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
    BOOST_TEST(error_of_only_row().starts_with("The database refuses it: "));
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(errors_of_the_whole_database_are_not_charged_to_a_row, Fixture) {
    fail_events("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'");
    write("{\"bad\":1}");
    for (int passes = 0; passes < 20; ++passes) {
        BOOST_CHECK_THROW(drain_once(connection, kAll), db::Error);
    }
    BOOST_TEST(count("outbox WHERE failed_at IS NULL") == 1U);
}

BOOST_FIXTURE_TEST_CASE(after_a_step_back_of_the_clock_an_event_is_still_for_the_webhooks_there_are,
                        Fixture) {
    connection.execute_text("UPDATE webhooks SET created_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    write("{\"n\":1}");
    write_to(model::to_base58(target.id), "{\"n\":2}", "UTC_TIMESTAMP(6)");
    BOOST_TEST(drain_once(connection, kAll) == 2U);
    BOOST_TEST(count("deliveries d JOIN events e ON e.id = d.event_id WHERE e.content = '{\"n\":1}'") == 2U);
    // The application has stated the time itself.
    BOOST_TEST(count("deliveries d JOIN events e ON e.id = d.event_id WHERE e.content = '{\"n\":2}'") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_row_of_a_deleted_target_is_bad, Fixture) {
    db::AdminStore(connection).delete_target(target.id);
    write();
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    BOOST_TEST(error_of_only_row() == "target: There is no such target.");
}

BOOST_FIXTURE_TEST_CASE(content_is_validated_as_the_api_does, Fixture) {
    drop_constraint();
    write("{\"a\":\"\\ud800\"}");
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    BOOST_TEST(error_of_only_row().starts_with("content: JSON parse error - "));
}

BOOST_FIXTURE_TEST_CASE(a_bad_row_that_is_mended_is_taken_again, Fixture) {
    write_to("11111111111");
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    connection.execute("UPDATE outbox SET failed_at = NULL, target = ?", {model::to_base58(target.id)});
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    BOOST_TEST(events() == 1U);
    BOOST_TEST(count("outbox") == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_more_are_taken_than_asked_for_oldest_first, Fixture) {
    for (int i = 0; i < 80; ++i) write("{\"n\":" + std::to_string(i) + "}");
    BOOST_TEST(drain_once(connection, 70) == 70U);
    BOOST_TEST(events() == 70U);
    BOOST_TEST(connection.query("SELECT content FROM outbox ORDER BY id LIMIT 1").text(0, 0) == "{\"n\":70}");
    BOOST_TEST(drain_once(connection, 0) == 0U);
    BOOST_TEST(drain_once(connection, kAll) == 10U);
}

BOOST_FIXTURE_TEST_CASE(uncommitted_rows_are_neither_seen_nor_waited_for, Fixture) {
    db::Connection application(schema.settings());
    db::Transaction transaction(application);
    application.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, 'scan_started', '{}')",
                        {model::to_base58(target.id)});
    write();
    BOOST_TEST(drain_once(connection, kAll) == 1U);
    transaction.commit();
    BOOST_TEST(drain_once(connection, kAll) == 1U);
}

BOOST_FIXTURE_TEST_CASE(drainers_at_once_take_every_row_once, Fixture) {
    constexpr int kRows = 600;
    for (int i = 0; i < kRows; ++i)
        write_to(i % 10 == 9 ? "11111111111" : model::to_base58(target.id),
                 "{\"n\":" + std::to_string(i) + "}");
    std::atomic<std::size_t> taken = 0;
    std::vector<std::jthread> drainers;
    for (int i = 0; i < 4; ++i) {
        drainers.emplace_back([&] {
            db::Connection own(schema.settings());
            while (taken < kRows) taken += drain_once(own, 50);
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
        connection.query("SELECT SUM(n) FROM counters WHERE owner = 'target' AND what = 'scan_completed'")
            .number(0, 0) == kRows / 10 * 9);
}

BOOST_FIXTURE_TEST_CASE(the_applications_user_can_write_rows_and_no_more, Fixture) {
    db::Connection application(schema.settings_of("outbox"));
    application.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, 'scan_completed', '{}')",
                        {model::to_base58(target.id)});
    application.execute(
        "INSERT INTO outbox (target, event_type, content, occurred_at)"
        " VALUES (?, 'finding_fixed', '{}', '2026-01-31 16:32:17.238553')",
        {model::to_base58(target.id)});
    for (const std::string statement :
         {"SELECT id FROM outbox", "UPDATE outbox SET failed_at = NULL", "DELETE FROM outbox",
          "INSERT INTO outbox (id, target, event_type, content) VALUES (1, '', 'scan_started', '{}')",
          "INSERT INTO outbox (target, event_type, content, error) VALUES ('', 'scan_started', '{}', '')",
          "SELECT id FROM targets", "SELECT id FROM events", "INSERT INTO events (id) VALUES (1)"}) {
        BOOST_TEST_CONTEXT(statement) BOOST_CHECK_THROW(application.execute_text(statement), db::Error);
    }
    BOOST_TEST(drain_once(connection, kAll) == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_table_refuses_what_is_plainly_wrong, Fixture) {
    const std::string to = model::to_base58(target.id);
    for (const std::string content : {"", "[]", "null", "{", "text"}) {
        BOOST_TEST_CONTEXT(content) BOOST_CHECK_THROW(write_to(to, content), db::Error);
    }
    BOOST_TEST(count("outbox") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_row_whose_event_type_is_not_for_applications_is_bad, Fixture) {
    for (const std::string event_type : {"user_created", "scan_begun", ""}) {
        connection.execute("INSERT INTO outbox (target, event_type, content) VALUES (?, ?, '{}')",
                           {model::to_base58(target.id), event_type});
        BOOST_TEST(drain_once(connection, kAll) == 1U);
        BOOST_TEST(error_of_only_row() == "event_type: This is not a valid choice.");
        connection.execute_text("DELETE FROM outbox");
    }
}

// Two servers that don't know of each other's transactions may drain the same row. A receiver that gets both
// events sees the same id.
BOOST_FIXTURE_TEST_CASE(a_row_becomes_the_same_event_wherever_it_is_drained, Fixture) {
    const std::string event = "SELECT id FROM events WHERE event_type = 'scan_completed' ORDER BY id";
    write();
    write();
    connection.execute_text("CREATE TABLE lagging AS SELECT * FROM outbox");
    BOOST_TEST(db::OutboxDrain().drain(connection, kAll) == 2U);
    const db::Rows first = connection.query_text(event);
    connection.execute_text("DELETE FROM events WHERE event_type = 'scan_completed'");
    connection.execute_text("DELETE FROM deliveries");
    connection.execute_text("INSERT INTO outbox SELECT * FROM lagging");
    BOOST_TEST(db::OutboxDrain().drain(connection, kAll) == 2U);
    const db::Rows second = connection.query_text(event);
    BOOST_REQUIRE(first.size() == 2U);
    BOOST_REQUIRE(second.size() == 2U);
    for (std::size_t row = 0; row < 2; ++row) BOOST_TEST(first.number(row, 0) == second.number(row, 0));
    BOOST_TEST(first.number(0, 0) != first.number(1, 0));
}
