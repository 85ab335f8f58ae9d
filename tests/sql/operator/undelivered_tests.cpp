#define BOOST_TEST_MODULE undelivered
#include "sql/operator/undelivered.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

struct Fixture : testing::WebhookDatabase {
    // minutes_ago: when it was recorded.
    std::uint64_t add_outbox(const std::string& target_text, int minutes_ago,
                             const std::string& error = "NULL") {
        connection.execute(
            "INSERT INTO outbox (target, event_type, content, recorded_at, failed_at, error)"
            " SELECT ?, 'scan_started', '{}', x.at, IF(x.error IS NULL, NULL, x.at), x.error FROM"
            " (SELECT UTC_TIMESTAMP(6) - INTERVAL ? MINUTE AS at, " +
                error + " AS error) x",
            {target_text, static_cast<std::uint64_t>(minutes_ago)});
        return testing::number(connection, "SELECT LAST_INSERT_ID()");
    }
    std::uint64_t add_outbox(const db::Target& of, int minutes_ago, const std::string& error = "NULL") {
        return add_outbox(model::to_base58(of.id), minutes_ago, error);
    }

    // Adds a failed delivery of an event that occurred that many minutes ago.
    model::Id add_failed(int minutes_ago) {
        const model::Id event = record("finding_detected");
        connection.execute(
            "UPDATE deliveries SET status = 3, next_try = NULL, reason = 'disabled',"
            " occurred_at = UTC_TIMESTAMP(6) - INTERVAL ? MINUTE WHERE event_id = ?",
            {static_cast<std::uint64_t>(minutes_ago), event});
        return event;
    }

    // "e" and the event's id, or "o" and the number of the outbox's row.
    std::vector<std::string> listed(std::optional<model::Id> account, std::uint64_t most) {
        std::vector<std::string> ids;
        for (const auto& one : db::list_undelivered(connection, account, most)) {
            BOOST_TEST(one.delivery.has_value() != one.outbox.has_value());
            ids.push_back(one.outbox ? "o" + std::to_string(one.outbox->id)
                                     : "e" + std::to_string(one.delivery->event_id));
        }
        return ids;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_oldest_come_first_wherever_they_are, Fixture) {
    add_webhook(of_target());
    connection.execute_text("DELETE FROM deliveries");
    const auto e1 = "e" + std::to_string(add_failed(50));
    const auto o1 = "o" + std::to_string(add_outbox("nobody", 40, "'target: There is no such target.'"));
    const auto e2 = "e" + std::to_string(add_failed(30));
    const auto o2 = "o" + std::to_string(add_outbox(target, 20));
    add_outbox(target, 0);  // waits for less than a minute
    const auto o3 = "o" + std::to_string(add_outbox(others_target, 10, "'content: ...'"));
    BOOST_CHECK(listed(std::nullopt, 10) == (Texts{e1, o1, e2, o2, o3}));
    BOOST_CHECK(listed(std::nullopt, 2) == (Texts{e1, o1}));
    BOOST_CHECK(listed(target.account_id, 10) == (Texts{e1, e2, o2}));
    BOOST_CHECK(listed(others_target.account_id, 10) == Texts{o3});
}

BOOST_FIXTURE_TEST_CASE(failed_rescheduled_and_overdue_deliveries_are_listed, Fixture) {
    add_webhook(of_target());
    connection.execute_text("DELETE FROM deliveries");
    std::vector<model::Id> events;
    for (int i = 0; i < 6; ++i) events.push_back(add_failed(10 - i));
    const auto set = [&](std::size_t n, const std::string& change) {
        connection.execute("UPDATE deliveries SET " + change + " WHERE event_id = ?", {events[n]});
    };
    set(0, "status = 1");
    set(1, "status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    set(3, "status = 0, next_try = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND");
    set(4, "status = 0, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    Texts expected;
    for (const std::size_t n : {1U, 2U, 3U, 5U}) expected.push_back("e" + std::to_string(events[n]));
    BOOST_CHECK(listed(target.account_id, 10) == expected);
    BOOST_CHECK(listed(std::nullopt, 10) == expected);
}

BOOST_FIXTURE_TEST_CASE(the_oldest_of_many_accounts_are_found, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    connection.execute_text("DELETE FROM deliveries");
    // More accounts than a page has, and more than one statement reads.
    const std::string numbers =
        "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 50) SELECT a.n * 50 + b.n AS n"
        " FROM s a JOIN s b) q";
    connection.execute_text(
        "INSERT INTO accounts (id, name, created_at) SELECT n, 'x', UTC_TIMESTAMP(6) FROM " + numbers);
    connection.execute_text(
        "INSERT INTO events SELECT n, n, NULL, 'user_created', '{}', UTC_TIMESTAMP(6) FROM " + numbers);
    connection.execute(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
        " SELECT n, ?, n, '2026-01-01' + INTERVAL n SECOND, 3 FROM " +
            numbers,
        {webhook});
    const model::Id first = 51;
    for (const std::uint64_t most : {1U, 10U, 1000U}) {
        const auto found = listed(std::nullopt, most);
        BOOST_REQUIRE(found.size() == most);
        BOOST_TEST(found.front() == "e" + std::to_string(first));
        BOOST_TEST(found.back() == "e" + std::to_string(first + most - 1));
    }
    BOOST_CHECK(listed(first + 7, 10) == Texts{"e" + std::to_string(first + 7)});
}

BOOST_FIXTURE_TEST_CASE(the_list_is_empty_if_everything_was_delivered, Fixture) {
    add_webhook(of_target());
    connection.execute_text("UPDATE deliveries SET status = 1, next_try = NULL");
    BOOST_TEST(listed(std::nullopt, 10).empty());
    const model::Id account = connection.query_text("SELECT MAX(id) + 1 FROM accounts").number(0, 0);
    BOOST_TEST(listed(account, 10).empty());
}

BOOST_FIXTURE_TEST_CASE(the_outbox_is_listed_failed_rows_first, Fixture) {
    std::vector<std::uint64_t> expected;
    for (int i = 0; i < 3; ++i) expected.push_back(add_outbox(target, 9 - i));
    for (int i = 0; i < 2; ++i) expected.push_back(add_outbox(target, 9 - i, "'target: gone'"));
    std::rotate(expected.begin(), expected.begin() + 3, expected.end());
    for (std::uint64_t length = 1; length <= 6; ++length) {
        std::vector<std::uint64_t> read;
        for (std::uint64_t offset = 0; offset < 6; offset += length) {
            for (const auto& row : db::list_outbox(connection, {.offset = offset, .length = length})) {
                read.push_back(row.id);
            }
        }
        BOOST_CHECK(read == expected);
    }
    const auto row = db::list_outbox(connection, {.offset = 0, .length = 1}).at(0);
    BOOST_TEST(row.target == model::to_base58(target.id));
    BOOST_TEST(row.event_type == "scan_started");
    BOOST_TEST(row.content == "{}");
    BOOST_TEST(!row.occurred_at.has_value());
    BOOST_TEST(row.failed_at.value_or("") == row.recorded_at);
    BOOST_TEST(row.error.value_or("") == "target: gone");
}

BOOST_FIXTURE_TEST_CASE(only_rows_that_failed_are_released_or_discarded, Fixture) {
    const auto waiting = add_outbox(target, 1);
    const auto failed = add_outbox(target, 1, "'x'");
    BOOST_TEST(!db::release_outbox_row(connection, waiting));
    BOOST_TEST(!db::discard_outbox_row(connection, waiting));
    BOOST_TEST(!db::discard_outbox_row(connection, failed + 1));
    BOOST_TEST(db::release_outbox_row(connection, failed));
    BOOST_TEST(!db::release_outbox_row(connection, failed));
    const auto rows = db::list_outbox(connection, {});
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(!rows[1].failed_at.has_value());
    BOOST_TEST(!rows[1].error.has_value());
    connection.execute_text("UPDATE outbox SET failed_at = UTC_TIMESTAMP(6)");
    BOOST_TEST(db::discard_outbox_row(connection, failed));
    BOOST_TEST(db::list_outbox(connection, {}).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_outbox_is_read_in_the_order_of_its_index, Fixture) {
    for (int i = 0; i < 200; ++i) add_outbox(target, 5, i % 2 == 0 ? "NULL" : "'x'");
    connection.query_text("ANALYZE TABLE outbox");
    testing::StatementLog log(connection);
    static_cast<void>(db::list_outbox(connection, {.offset = 90, .length = 20}));
    static_cast<void>(db::list_stuck_outbox(connection, std::nullopt, 10));
    static_cast<void>(db::list_stuck_outbox(connection, target.account_id, 10));
    const auto statements = log.statements();
    BOOST_TEST(statements.size() == 7U);
    for (const std::string& statement : statements) {
        for (const auto& step : log.explain(statement)) {
            BOOST_TEST_CONTEXT(statement << ": " << step.table << " " << step.type << " " << step.extra) {
                BOOST_TEST(step.type != "ALL");
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(undelivered_deliveries_are_read_in_the_order_of_their_index, Fixture) {
    add_webhook(of_target());
    for (int i = 0; i < 50; ++i) add_failed(i);
    static_cast<void>(connection.query_text("ANALYZE TABLE deliveries"));
    testing::StatementLog log(connection);
    BOOST_TEST(db::list_undelivered(connection, std::nullopt, 10).size() == 10U);
    BOOST_TEST(db::list_undelivered(connection, target.account_id, 10).size() == 10U);
    int ranges = 0;
    for (const std::string& statement : log.statements()) {
        for (const auto& step : log.explain(statement)) {
            BOOST_TEST_CONTEXT(statement << ": " << step.table << " " << step.type << " " << step.extra) {
                if (step.table != "deliveries") continue;
                ++ranges;
                BOOST_TEST(step.key == "deliveries_status");
                BOOST_TEST((step.type == "ref" || step.type == "range"));
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
            }
        }
    }
    BOOST_TEST(ranges >= 9);
}
