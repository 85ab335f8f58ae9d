#include "sql/events/event_reader.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"

namespace db {
namespace {

// Without deliveries.
std::string select_events(std::string_view rest) {
    return "SELECT e.id, e.event_type, " + client_time("e.occurred_at") + ", e.content FROM events e " +
           std::string(rest);
}

model::Event event_of(const Rows& rows, std::size_t row) {
    return {.id = rows.number(row, 0),
            .event_type = rows.text(row, 1),
            .occurred_at = rows.text(row, 2),
            .content = rows.text(row, 3),
            .deliveries = {}};
}

// The deliveries come first, by their primary key, and each finds its webhook: the other way round, which the
// server likes where it has few rows to go by, every webhook there is would be read.
std::string select_deliveries(std::string_view rest, std::string_view more_columns = "") {
    std::string statement =
        "SELECT d.webhook_id, w.api_version, d.status, " + client_time("d.next_try") + ", d.retries";
    if (!more_columns.empty()) statement.append(", ").append(more_columns);
    return statement + " FROM deliveries d STRAIGHT_JOIN webhooks w ON w.id = d.webhook_id " +
           std::string(rest);
}
constexpr std::size_t kMoreColumns = 5;

model::Delivery delivery_of(const Rows& rows, std::size_t row) {
    return {.webhook_id = rows.number(row, 0),
            .api_version = rows.text(row, 1),
            .status = static_cast<model::DeliveryStatus>(rows.number(row, 2)),
            .next_try = rows.cell(row, 3),
            .retries = static_cast<std::int32_t>(rows.number(row, 4))};
}

std::vector<model::Delivery> deliveries_of(const Rows& rows) {
    std::vector<model::Delivery> deliveries;
    deliveries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) deliveries.push_back(delivery_of(rows, row));
    return deliveries;
}

// REQUIRES: the event has its first deliveries, at most that many.
void count_deliveries(Connection& connection, model::Event& event, std::uint64_t most) {
    event.webhooks_count = event.deliveries.size();
    if (event.webhooks_count < most) return;
    event.webhooks_count =
        connection.query("SELECT COUNT(*) FROM deliveries WHERE event_id = ?", {event.id}).number(0, 0);
}

Rows query_owned(Connection& connection, std::string_view columns, const model::Owner& owner,
                 model::Id event) {
    Statement statement;
    statement.add(columns).add(" WHERE e.id = ? AND e.account_id = ?", {event, owner.account_id});
    if (owner.target_id) statement.add(" AND e.target_id = ?", {*owner.target_id});
    return connection.query(statement.text, statement.parameters);
}

// The first of each event, one limit for each: neither server reads more of them than that.
std::string select_first_deliveries(std::span<const model::Id> events, std::uint64_t most) {
    const std::string beginning = "(" + select_deliveries("WHERE d.event_id = ", "d.event_id");
    SqlText statement("");
    for (const model::Id event : events) {
        if (!statement.str().empty()) statement.sql(" UNION ALL ");
        statement.sql(beginning).number(event).sql(" ORDER BY d.webhook_id LIMIT ").number(most).sql(")");
    }
    return statement.str();
}

void add_deliveries(Connection& connection, std::map<model::Id, model::Event>& events,
                    std::span<const model::Id> ids, std::uint64_t most) {
    const Rows rows = connection.query_text(select_first_deliveries(ids, most));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto event = events.find(rows.number(row, kMoreColumns));
        if (event != events.end()) event->second.deliveries.push_back(delivery_of(rows, row));
    }
    for (auto& [id, event] : events) count_deliveries(connection, event, most);
}

}  // namespace

std::optional<model::Event> find_event(Connection& connection, const model::Owner& owner, model::Id event) {
    const Rows rows = query_owned(connection, select_events(""), owner, event);
    if (rows.empty()) return std::nullopt;
    model::Event found = event_of(rows, 0);
    found.deliveries = deliveries_of(
        connection.query(select_deliveries("WHERE d.event_id = ? ORDER BY d.webhook_id LIMIT ?"),
                         {event, kMostDeliveriesShown}));
    count_deliveries(connection, found, kMostDeliveriesShown);
    return found;
}

bool has_event(Connection& connection, const model::Owner& owner, model::Id event) {
    return !query_owned(connection, "SELECT 1 FROM events e", owner, event).empty();
}

bool is_event_stored(Connection& connection, model::Id event) {
    return !connection.query("SELECT id FROM events WHERE id = ? LOCK IN SHARE MODE", {event}).empty();
}

std::vector<model::Event> read_events(Connection& connection, std::span<const model::Id> ids,
                                      std::uint64_t most_deliveries) {
    if (ids.empty()) return {};
    SqlText events(select_events("WHERE e.id IN "));
    const Rows rows = connection.query_text(events.numbers(ids).str());
    std::map<model::Id, model::Event> found;
    for (std::size_t row = 0; row < rows.size(); ++row)
        found.emplace(rows.number(row, 0), event_of(rows, row));

    if (most_deliveries > 0) add_deliveries(connection, found, ids, most_deliveries);

    std::vector<model::Event> in_order;
    in_order.reserve(found.size());
    for (const model::Id id : ids) {
        const auto event = found.find(id);
        if (event != found.end()) in_order.push_back(std::move(event->second));
    }
    return in_order;
}

std::optional<model::Event> find_delivery(Connection& connection, model::Id event, model::Id webhook) {
    const Rows rows = connection.query(select_events("WHERE e.id = ?"), {event});
    if (rows.empty()) return std::nullopt;
    model::Event found = event_of(rows, 0);
    found.deliveries = deliveries_of(
        connection.query(select_deliveries("WHERE d.event_id = ? AND d.webhook_id = ?"), {event, webhook}));
    if (found.deliveries.empty()) return std::nullopt;
    count_deliveries(connection, found, 0);
    return found;
}

std::map<model::Id, StatusCounts> count_by_status(Connection& connection, std::span<const model::Id> events) {
    std::map<model::Id, StatusCounts> counts;
    for (const model::Id event : events) counts[event] = {};
    if (events.empty()) return counts;
    SqlText statement("SELECT event_id, status, COUNT(*) FROM deliveries WHERE event_id IN ");
    const Rows rows =
        connection.query_text(statement.numbers(events).sql(" GROUP BY event_id, status").str());
    for (std::size_t row = 0; row < rows.size(); ++row)
        counts[rows.number(row, 0)].at(rows.number(row, 1)) = rows.number(row, 2);
    return counts;
}

}  // namespace db
