#define BOOST_TEST_MODULE delivery_list
#include "sql/deliveries/delivery_list.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sql/deliveries/attempt_list.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using Ids = std::vector<model::Id>;

struct Fixture : testing::WebhookDatabase {
    model::Id first = add_webhook(of_target());
    model::Id second = add_webhook(of_account());

    void set(model::Id event, model::Id webhook, const std::string& change) {
        BOOST_REQUIRE(
            connection.execute("UPDATE deliveries SET " + change + " WHERE event_id = ? AND webhook_id = ?",
                               {event, webhook}) == 1);
    }
};

std::vector<db::DeliveryFilter> all_filters(const std::string& middle) {
    std::vector<db::DeliveryFilter> filters;
    for (int status = -1; status < 4; ++status) {
        for (const std::optional<model::Time>& since : {std::optional<model::Time>(), {middle}}) {
            for (const std::optional<model::Time>& until : {std::optional<model::Time>(), {middle}}) {
                filters.push_back({{}, since, until});
                if (status >= 0) filters.back().status = static_cast<model::DeliveryStatus>(status);
            }
        }
    }
    return filters;
}

// The ids of all parts of a list, from one to the next. find(slice) returns a part.
template <class Find>
Ids follow(const Find& find, std::uint64_t length) {
    Ids ids;
    db::ListSlice slice{.after = std::nullopt, .offset = 0, .length = length};
    do {
        const db::ListPart part = find(slice);
        BOOST_TEST(part.found.size() <= length);
        for (const db::Position& position : part.found) ids.push_back(position.id);
        slice.after = part.resume;
    } while (slice.after);
    return ids;
}

void check_step(const testing::PlanStep& step) {
    const bool is_made_by_the_statement = step.table.empty() || step.table.starts_with("<");
    if (is_made_by_the_statement) return;
    BOOST_TEST_CONTEXT(step.table << " " << step.type << " " << step.extra) {
        BOOST_TEST(step.type != "ALL");
        BOOST_TEST(step.type != "index");
        BOOST_TEST(step.extra.find("filesort") == std::string::npos);
        BOOST_TEST(step.extra.find("temporary") == std::string::npos);
    }
}

Ids events_of(const std::vector<db::ListedDelivery>& deliveries) {
    Ids events;
    for (const auto& delivery : deliveries) events.push_back(delivery.event_id);
    return events;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_event_has_a_delivery_to_each_webhook, Fixture) {
    const model::Id event = record("scan_started");
    set(event, second, "status = 3, next_try = NULL, retries = 7, reason = 'http 503'");
    const auto all = db::read_deliveries_of_event(connection, event, Ids{first, second});
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[1].webhook_id == first);
    BOOST_TEST(all[1].event_id == event);
    BOOST_TEST(all[1].account_id == target.account_id);
    BOOST_TEST(all[1].event_type == "scan_started");
    BOOST_TEST(model::name_of(all[1].status) == "scheduled");
    BOOST_TEST(all[1].next_try.has_value());
    BOOST_TEST(!all[1].reason.has_value());
    BOOST_TEST(all[0].webhook_id == second);
    BOOST_TEST(model::name_of(all[0].status) == "failed");
    BOOST_TEST(!all[0].next_try.has_value());
    BOOST_TEST(all[0].retries == 7);
    BOOST_TEST(all[0].reason.value_or("") == "http 503");

    const auto one = db::find_listed_delivery(connection, event, second);
    BOOST_REQUIRE(one.has_value());
    BOOST_TEST(one->retries == 7);
    BOOST_TEST(!db::find_listed_delivery(connection, event, 1).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_webhooks_deliveries_are_listed_by_the_times_of_their_events, Fixture) {
    const model::Time middle = "2026-01-01T00:00:05.000000Z";
    for (int i = 0; i < 60; ++i) record("finding_fixed");
    // Three events at a time.
    connection.execute_text(
        "UPDATE deliveries SET status = event_id MOD 4, next_try = NULL, occurred_at = '2026-01-01' + INTERVAL"
        " event_id MOD 20 SECOND");
    for (const db::DeliveryFilter& filter : all_filters(middle)) {
        std::string select = "SELECT event_id FROM deliveries WHERE webhook_id = " + std::to_string(first);
        if (filter.status) select += " AND status = " + std::to_string(static_cast<int>(*filter.status));
        if (filter.since) select += " AND occurred_at >= '2026-01-01 00:00:05'";
        if (filter.until) select += " AND occurred_at < '2026-01-01 00:00:05'";
        const Ids expected =
            connection.query_text(select + " ORDER BY occurred_at DESC, event_id DESC").numbers(0);
        const db::ListCount count = db::count_deliveries_of_webhook(connection, first, filter);
        BOOST_TEST((count.count == expected.size() && count.is_exact));
        const auto find = [&](const db::ListSlice& slice) {
            return db::find_deliveries_of_webhook(connection, first, filter, slice);
        };
        for (const std::uint64_t length : {1U, 7U, 60U, 100U}) BOOST_CHECK(follow(find, length) == expected);
        if (expected.size() < 3) continue;
        const db::ListPart part = find({.after = std::nullopt, .offset = 1, .length = 2});
        BOOST_CHECK((Ids{part.found[0].id, part.found[1].id}) == (Ids{expected[1], expected[2]}));
        const Ids some{expected[2], expected[0], expected[1]};
        const auto read = db::read_deliveries_of_webhook(connection, first, some);
        BOOST_CHECK(events_of(read) == (Ids{expected[0], expected[1], expected[2]}));
    }
}

BOOST_FIXTURE_TEST_CASE(an_events_deliveries_are_listed_by_webhook, Fixture) {
    for (int i = 0; i < 9; ++i) add_webhook(of_account());
    const model::Id event = record("scan_failed");
    const Ids expected =
        connection
            .query("SELECT webhook_id FROM deliveries WHERE event_id = ? ORDER BY webhook_id DESC", {event})
            .numbers(0);
    BOOST_TEST(expected.size() == 11U);
    const auto find = [&](const db::ListSlice& slice) {
        return db::find_deliveries_of_event(connection, event, slice);
    };
    for (const std::uint64_t length : {1U, 4U, 11U}) BOOST_CHECK(follow(find, length) == expected);
    BOOST_TEST(db::count_deliveries_of_event(connection, event).count == 11U);
    const auto read = db::read_deliveries_of_event(connection, event, expected);
    BOOST_REQUIRE(read.size() == 11U);
    BOOST_TEST(read[0].webhook_id == expected[0]);
    BOOST_TEST(read[0].api_version == "v1");
}

BOOST_FIXTURE_TEST_CASE(attempts_are_listed_by_the_times_at_which_they_were_made, Fixture) {
    const model::Id event = record("scan_failed");
    for (const model::Id webhook : {first, second}) {
        connection.execute_text(
            "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, by_allow_list)"
            " SELECT 1000 - n, " +
            std::to_string(event) + ", " + std::to_string(webhook) +
            ", '2026-01-01' + INTERVAL n DIV 2 SECOND, n, n MOD 2 FROM (WITH RECURSIVE s (n) AS"
            " (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 24) SELECT n FROM s) numbers");
    }
    const Ids expected =
        connection
            .query("SELECT id FROM attempts WHERE webhook_id = ? ORDER BY made_at DESC, id DESC", {first})
            .numbers(0);
    const db::DeliveryKey delivery{event, first};
    const auto find = [&](const db::ListSlice& slice) {
        return db::find_attempts(connection, delivery, slice);
    };
    for (const std::uint64_t length : {1U, 4U, 25U}) BOOST_CHECK(follow(find, length) == expected);
    BOOST_TEST(db::count_attempts(connection, delivery).count == 25U);
    const auto read = db::read_attempts(connection, delivery, expected);
    BOOST_REQUIRE(read.size() == 25U);
    BOOST_TEST(read[0].id == 976U);
    BOOST_TEST(!read[0].by_allow_list);
    BOOST_TEST(db::list_attempts(connection, event, first, {.offset = 0, .length = 1})[0].id == 976U);
}

BOOST_FIXTURE_TEST_CASE(pages_are_read_in_the_order_of_an_index, Fixture) {
    for (int i = 0; i < 200; ++i) record("scan_completed");
    connection.execute_text("UPDATE deliveries SET status = event_id MOD 4");
    const model::Id event = record("scan_failed");
    connection.execute_text(
        "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us)"
        " SELECT n, event_id, webhook_id, changed_at + INTERVAL n SECOND, 1 FROM deliveries JOIN"
        " (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) numbers");
    (void)connection.query_text("ANALYZE TABLE deliveries, events, attempts");
    const std::string middle =
        connection.query("SELECT DATE_FORMAT(MAX(occurred_at), '%Y-%m-%dT%H:%i:%s.%fZ') FROM deliveries")
            .text(0, 0);
    const std::vector<db::ListSlice> slices{{}, {{}, 50, 100}, {{{middle, event}}, 0, 100}};
    testing::StatementLog log(connection);
    for (const db::ListSlice& slice : slices) {
        for (const db::DeliveryFilter& filter : all_filters(middle)) {
            (void)db::find_deliveries_of_webhook(connection, first, filter, slice);
            (void)db::count_deliveries_of_webhook(connection, first, filter);
        }
        (void)db::find_deliveries_of_event(connection, event, slice);
        (void)db::find_attempts(connection, {event, first}, slice);
    }
    (void)db::count_deliveries_of_event(connection, event);
    (void)db::count_attempts(connection, {event, first});
    (void)db::read_deliveries_of_webhook(connection, first, Ids{event, event + 1});
    (void)db::read_deliveries_of_event(connection, event, Ids{first, second});
    (void)db::read_attempts(connection, {event, first}, Ids{1, 2});
    const auto statements = log.statements();
    BOOST_TEST(statements.size() > 2 * all_filters(middle).size());
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            for (const auto& step : log.explain(statement)) check_step(step);
        }
    }
}
