#define BOOST_TEST_MODULE event_plans
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sql/connection/schema.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_list.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_statements.hpp"
#include "sql/events/event_store.hpp"
#include "sql/events/fan_out.hpp"
#include "sql/events/outbox.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/test_database.hpp"

// The server's plans for statements that read and write events in large tables.

namespace {

using db::EventFilter;
using model::DeliveryStatus;
using model::Owner;
using testing::PlanStep;

constexpr model::Id kTarget = 10;
constexpr std::size_t kEvents = 30'000;
constexpr std::size_t kEventsOfStatement = 2'000;

struct Filled {
    testing::TestSchema schema;
    db::Connection connection{settings(schema)};

    static db::ConnectionSettings settings(const testing::TestSchema& schema) {
        db::ConnectionSettings settings = schema.settings();
        settings.io_timeout = std::chrono::seconds(60);
        return settings;
    }

    Filled() {
        db::migrate(connection);
        for (std::size_t begin = 0; begin < kEvents; begin += kEventsOfStatement) fill(begin);
        std::string webhooks;
        for (int i = 1; i <= 3000; ++i) {
            webhooks += (i == 1 ? "(" : ", (") + std::to_string(i) + ", " + std::to_string(1 + i % 2) + ", " +
                        (i % 3 == 0 ? "NULL" : std::to_string(10 + i % 5)) +
                        ", '', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1)";
        }
        connection.execute_text(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at,"
            " created_by) VALUES " +
            webhooks);
        (void)connection.query_text("ANALYZE TABLE events, deliveries, webhooks");
    }

    void fill(std::size_t begin) {
        std::string events;
        std::string deliveries;
        for (std::size_t i = begin; i < begin + kEventsOfStatement; ++i) {
            const std::string id = std::to_string(1000 + i);
            const std::string account = i % 3 == 0 ? "2" : "1";
            const std::string time = "'2026-01-01' + INTERVAL " + std::to_string(i / 3) + " SECOND";
            const std::string type = i % 4 == 0 ? "'scan_started'" : "'finding_detected'";
            events += (events.empty() ? "(" : ", (") + id + ", " + account + ", " +
                      std::to_string(10 + i % 5) + ", " + type + ", '{}', " + time + ")";
            for (const char* webhook : {"1", "2"}) {
                deliveries += (deliveries.empty() ? "(" : ", (") + id + ", " + webhook + ", " + account +
                              ", " + time + ", " + (i % 50 == 0 ? "3" : "1") + ")";
            }
        }
        connection.execute_text(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) VALUES " +
            events);
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status) VALUES " +
            deliveries);
    }
};

std::vector<EventFilter> all_filters() {
    std::vector<EventFilter> filters;
    for (const std::optional<std::string>& event_type : {std::optional<std::string>(), {"scan_started"}}) {
        for (const std::optional<DeliveryStatus>& status :
             {std::optional<DeliveryStatus>(), {DeliveryStatus::kSucceeded}, {DeliveryStatus::kFailed}}) {
            filters.push_back({event_type, status, std::nullopt, std::nullopt});
            filters.push_back({event_type, status, "2026-01-01T00:10:00.000000Z", std::nullopt});
            filters.push_back({event_type, status, std::nullopt, "2026-01-01T00:10:00.000000Z"});
        }
    }
    return filters;
}

bool says(const PlanStep& step, const char* words) {
    return step.extra.find(words) != std::string::npos;
}

void check_step(const PlanStep& step) {
    const bool is_made_by_the_statement = step.table.empty() || step.table.starts_with("<");
    if (is_made_by_the_statement) return;
    BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
    BOOST_TEST((step.type != "ALL" && step.type != "index" && !step.key.empty()));
    BOOST_TEST((!says(step, "filesort") && !says(step, "temporary")));
}

// A statement uses every index that it forces. If it filters events, it reads only that index, but for the content.
void check_forced_index(const std::string& statement, const std::vector<PlanStep>& plan) {
    for (const std::string index : {"events_account", "events_account_type", "events_target",
                                    "events_target_type", "deliveries_status", "webhooks_owner", "PRIMARY"}) {
        if (statement.find("FORCE INDEX (" + index + ")") == std::string::npos) continue;
        BOOST_TEST_INFO(index);
        const auto step = std::ranges::find(plan, index, &PlanStep::key);
        BOOST_REQUIRE((step != plan.end()));
        const bool reads_events = statement.find("e.content") != std::string::npos;
        const bool is_for_lists = index.starts_with("events_") || index == "deliveries_status";
        if (is_for_lists && !reads_events) BOOST_TEST(says(*step, "Using index"));
        const bool is_fan_out = statement.find("INSERT INTO deliveries") != std::string::npos;
        if (is_fan_out) BOOST_TEST((says(*step, "Using index") && !says(*step, "Using index condition")));
    }
}

void check_all(testing::StatementLog& log, std::size_t least) {
    const auto statements = log.statements();
    BOOST_TEST(statements.size() >= least);
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            const std::vector<PlanStep> plan = log.explain(statement);
            BOOST_TEST(!plan.empty());
            for (const PlanStep& step : plan) check_step(step);
            check_forced_index(statement, plan);
        }
    }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(lists_are_read_in_the_order_of_an_index, Filled) {
    testing::StatementLog log(connection);
    for (const Owner& owner : {Owner{1, std::nullopt}, Owner{1, kTarget}}) {
        for (const EventFilter& filter : all_filters()) {
            (void)db::count_events(connection, owner, filter);
            for (const db::ListSlice& slice :
                 {db::ListSlice{}, db::ListSlice{std::nullopt, 50, 100},
                  db::ListSlice{{{"2026-01-01T00:20:00.000000Z", 4000}}, 0, 100}}) {
                const db::ListPart part = db::find_events(connection, owner, filter, slice);
                if (!filter.status) (void)db::read_event_part(connection, owner, filter, slice);
                if (part.found.empty()) continue;
                const std::vector<model::Id> ids{part.found.front().id, part.found.back().id};
                if (ids[0] != ids[1]) (void)db::read_events(connection, ids);
            }
        }
    }
    check_all(log, 2 * all_filters().size() * 2);
}

BOOST_FIXTURE_TEST_CASE(single_events_are_read_and_written_by_their_keys, Filled) {
    testing::StatementLog log(connection);
    for (const Owner& owner : {Owner{1, std::nullopt}, Owner{1, kTarget}}) {
        db::Transaction transaction(connection);
        const model::Id event = db::record_event(connection, {owner, "scan_started", "{}", std::nullopt});
        (void)db::record_event(connection, {owner, "scan_started", "{}", "2026-01-31T16:32:17.238553Z"});
        (void)db::record_event(connection, {owner, "target_created", "{}", std::nullopt});
        const auto recorded = db::find_event(connection, owner, event);
        BOOST_REQUIRE(recorded.has_value());
        BOOST_REQUIRE(recorded->webhooks_count.value() > 100U);
        BOOST_TEST(db::is_event_stored(connection, event));
        const model::Id webhook = recorded->deliveries.front().webhook_id;
        BOOST_TEST(db::find_delivery(connection, event, webhook).has_value());
        BOOST_TEST(db::schedule_anew(connection, event, webhook));
        transaction.commit();
    }
    BOOST_TEST(std::ranges::any_of(log.statements(), [](const std::string& statement) {
        return statement.starts_with("INSERT INTO deliveries");
    }));
    check_all(log, 20);
}

// The statements of a batch that search for rows.
BOOST_FIXTURE_TEST_CASE(the_events_of_a_batch_are_stored_by_their_keys, Filled) {
    testing::StatementLog log(connection);
    // The sums of a few rows may take a temporary table.
    for (const PlanStep& step : log.explain(db::WebhookCounts::select({{}, {1}}, {kTarget, 11}).str())) {
        BOOST_TEST_INFO(step.table << " " << step.type);
        BOOST_TEST((step.table.empty() || step.table.starts_with("<") ||
                    (step.type != "ALL" && step.type != "index")));
    }
    std::vector<db::EventRow> rows;
    for (model::Id id = 1; id <= 64; ++id) {
        rows.push_back({.id = 10 * kEvents + id,
                        .owner = {1 + id % 2, id % 3 == 0 ? std::nullopt : std::optional(10 + id % 5)},
                        .event_type = id % 7 == 0 ? "target_created" : "scan_started",
                        .content = "{}",
                        .occurred_at = "2026-01-31T16:32:17.238553Z",
                        .time_is_stated = id % 2 == 0});
    }
    connection.execute_text(db::insert_events(rows).str());
    connection.execute_text(db::insert_deliveries(rows).str());
    const std::array ids{rows.front().id, rows.back().id};
    (void)db::deliveries_by_event(connection.query_text(db::select_deliveries_of(ids).str()));
    check_all(log, 2);
}

BOOST_FIXTURE_TEST_CASE(a_large_fan_out_reads_an_index_in_pieces, Filled) {
    testing::StatementLog log(connection);
    db::Transaction transaction(connection);
    const Owner owner{1, kTarget};
    const model::Id event = db::record_event(connection, {owner, "target_created", "{}", std::nullopt});
    connection.execute("DELETE FROM deliveries WHERE event_id = ?", {event});
    db::fan_out_in_pieces(connection, {owner, "scan_started", "{}", std::nullopt}, event, 1000, 100);
    check_all(log, 6);
}

BOOST_FIXTURE_TEST_CASE(the_outbox_is_drained_by_its_index, Filled) {
    std::string rows;
    for (int i = 0; i < 3000; ++i) {
        rows +=
            std::string(rows.empty() ? "" : ", ") + "('11111111111', 'scan_started', '{}', UTC_TIMESTAMP(6))";
    }
    connection.execute_text("INSERT INTO outbox (target, event_type, content, failed_at) VALUES " + rows);
    for (int i = 0; i < 40; ++i) {
        connection.execute_text(
            "INSERT INTO outbox (target, event_type, content) VALUES ('11111111111', 'scan_started', '{}')");
    }
    (void)connection.query_text("ANALYZE TABLE outbox, targets");
    testing::StatementLog log(connection);
    BOOST_TEST(db::OutboxDrain().drain(connection, 100) == 40U);
    const auto statements = log.statements();
    BOOST_TEST(std::ranges::any_of(statements, [&](const std::string& statement) {
        const auto plan = log.explain(statement);
        return statement.find("SKIP LOCKED") != std::string::npos && plan[0].key == "outbox_waiting" &&
               !says(plan[0], "filesort");
    }));
}
