#include "sql/events/event_reader.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// Without deliveries.
std::string select_events(std::string_view rest) {
    return "SELECT e.id, e.event_type, " + client_time("e.occurred_at") + ", e.content FROM events e " +
           std::string(rest);
}
struct EventColumn {
    enum : std::size_t { kId, kEventType, kOccurredAt, kContent };
};

model::Event event_of(const Rows& rows, std::size_t row) {
    return {.id = rows.number(row, EventColumn::kId),
            .event_type = rows.text(row, EventColumn::kEventType),
            .occurred_at = rows.text(row, EventColumn::kOccurredAt),
            .content = rows.text(row, EventColumn::kContent),
            .deliveries = {}};
}

// The join starts with the deliveries, by their primary key, and looks up the webhook of each. In the other
// order, which the server prefers while the tables are small, it would read every webhook.
std::string select_deliveries(std::string_view rest) {
    return "SELECT d.event_id, d.webhook_id, w.api_version, d.status, " + client_time("d.next_try") +
           R"(, d.retries
    FROM deliveries d STRAIGHT_JOIN webhooks w ON w.id = d.webhook_id
    )" + std::string(rest);
}
struct DeliveryColumn {
    enum : std::size_t { kEvent, kWebhook, kApiVersion, kStatus, kNextTry, kRetries };
};

model::Delivery delivery_of(const Rows& rows, std::size_t row) {
    return {.webhook_id = rows.number(row, DeliveryColumn::kWebhook),
            .api_version = rows.text(row, DeliveryColumn::kApiVersion),
            .status = read_status(rows, row, DeliveryColumn::kStatus),
            .next_try = rows.cell(row, DeliveryColumn::kNextTry),
            .retries = static_cast<std::int32_t>(rows.number(row, DeliveryColumn::kRetries))};
}

std::vector<model::Delivery> deliveries_of(const Rows& rows) {
    std::vector<model::Delivery> deliveries;
    deliveries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) deliveries.push_back(delivery_of(rows, row));
    return deliveries;
}

// REQUIRES: event.deliveries holds the first deliveries, at most `most`.
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

// Selects the first deliveries of each event. Each event has a LIMIT of its own, so neither server reads
// more.
std::string select_first_deliveries(std::span<const model::Id> events, std::uint64_t most) {
    const std::string beginning = "(" + select_deliveries("WHERE d.event_id = ");
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
        const auto event = events.find(rows.number(row, DeliveryColumn::kEvent));
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
    for (std::size_t row = 0; row < rows.size(); ++row) {
        found.emplace(rows.number(row, EventColumn::kId), event_of(rows, row));
    }

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
    struct Column {
        enum : std::size_t { kEvent, kStatus, kCount };
    };
    const Rows rows =
        connection.query_text(statement.numbers(events).sql(" GROUP BY event_id, status").str());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto status = static_cast<std::size_t>(read_status(rows, row, Column::kStatus));
        counts[rows.number(row, Column::kEvent)].at(status) = rows.number(row, Column::kCount);
    }
    return counts;
}

}  // namespace db
