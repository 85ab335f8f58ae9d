#include "sql/event_reader.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/sql_text.hpp"
#include "sql/statement.hpp"
#include "sql/time_text.hpp"

namespace db {
namespace {

// Without deliveries.
std::string select_events(std::string_view rest) {
    return "SELECT e.id, e.event_type, " + client_time("e.occurred_at") + ", e.content FROM events e " +
           std::string(rest);
}

Event event_of(const Rows& rows, std::size_t row) {
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

Delivery delivery_of(const Rows& rows, std::size_t row) {
    return {.webhook_id = rows.number(row, 0),
            .api_version = rows.text(row, 1),
            .status = static_cast<DeliveryStatus>(rows.number(row, 2)),
            .next_try = rows.cell(row, 3),
            .retries = static_cast<std::int32_t>(rows.number(row, 4))};
}

std::vector<Delivery> deliveries_of(const Rows& rows) {
    std::vector<Delivery> deliveries;
    deliveries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) deliveries.push_back(delivery_of(rows, row));
    return deliveries;
}

Rows query_owned(Connection& connection, std::string_view columns, const Owner& owner, Id event) {
    Statement statement;
    statement.add(columns).add(" WHERE e.id = ? AND e.account_id = ?", {event, owner.account_id});
    if (owner.target_id) statement.add(" AND e.target_id = ?", {*owner.target_id});
    return connection.query(statement.text, statement.parameters);
}

std::vector<Delivery> deliveries_to_all(Connection& connection, Id event) {
    return deliveries_of(
        connection.query(select_deliveries("WHERE d.event_id = ? ORDER BY d.webhook_id"), {event}));
}

}  // namespace

std::optional<Event> find_event(Connection& connection, const Owner& owner, Id event) {
    const Rows rows = query_owned(connection, select_events(""), owner, event);
    if (rows.empty()) return std::nullopt;
    Event found = event_of(rows, 0);
    found.deliveries = deliveries_to_all(connection, event);
    return found;
}

bool has_event(Connection& connection, const Owner& owner, Id event) {
    return !query_owned(connection, "SELECT 1 FROM events e", owner, event).empty();
}

bool is_event_stored(Connection& connection, Id event) {
    return !connection.query("SELECT id FROM events WHERE id = ? LOCK IN SHARE MODE", {event}).empty();
}

std::vector<Event> read_events(Connection& connection, std::span<const Id> ids) {
    if (ids.empty()) return {};
    SqlText events(select_events("WHERE e.id IN "));
    const Rows rows = connection.query_text(events.numbers(ids).str());
    std::map<Id, Event> found;
    for (std::size_t row = 0; row < rows.size(); ++row)
        found.emplace(rows.number(row, 0), event_of(rows, row));

    SqlText deliveries(select_deliveries("WHERE d.event_id IN ", "d.event_id"));
    const Rows delivery_rows =
        connection.query_text(deliveries.numbers(ids).sql(" ORDER BY d.event_id, d.webhook_id").str());
    for (std::size_t row = 0; row < delivery_rows.size(); ++row) {
        const auto event = found.find(delivery_rows.number(row, kMoreColumns));
        if (event != found.end()) event->second.deliveries.push_back(delivery_of(delivery_rows, row));
    }

    std::vector<Event> in_order;
    in_order.reserve(found.size());
    for (const Id id : ids) {
        const auto event = found.find(id);
        if (event != found.end()) in_order.push_back(std::move(event->second));
    }
    return in_order;
}

std::optional<Event> find_delivery(Connection& connection, Id event, Id webhook) {
    const Rows rows = connection.query(select_events("WHERE e.id = ?"), {event});
    if (rows.empty()) return std::nullopt;
    Event found = event_of(rows, 0);
    found.deliveries = deliveries_of(
        connection.query(select_deliveries("WHERE d.event_id = ? AND d.webhook_id = ?"), {event, webhook}));
    if (found.deliveries.empty()) return std::nullopt;
    return found;
}

}  // namespace db
