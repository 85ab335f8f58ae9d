#include "sql/events/event_reader.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/connection/statement.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

std::string select_events(std::string_view rest) {
    return "SELECT " + event_columns() + " FROM events e " + std::string(rest);
}
struct EventColumn {
    enum : std::size_t { kId, kEventType, kOccurredAt, kContent };
};

model::Event event_of(const Rows& rows, std::size_t row, std::size_t first_column = 0) {
    return {.id = rows.number(row, first_column + EventColumn::kId),
            .event_type = rows.text(row, first_column + EventColumn::kEventType),
            .occurred_at = rows.text(row, first_column + EventColumn::kOccurredAt),
            .content = rows.text(row, first_column + EventColumn::kContent),
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

model::Event with_first_deliveries(Connection& connection, model::Event event) {
    event.deliveries = deliveries_of(
        connection.query(select_deliveries("WHERE d.event_id = ? ORDER BY d.webhook_id LIMIT ?"),
                         {event.id, kMostDeliveriesShown}));
    count_deliveries(connection, event, kMostDeliveriesShown);
    return event;
}

Statement join_event(model::Id event) {
    constexpr std::string_view kJoin = R"(
        LEFT JOIN events e
          ON e.id = ? AND e.account_id = k.account_id AND (t.id IS NULL OR e.target_id = t.id))";
    return {std::string(kJoin), {event}};
}

// Selects the first deliveries of each event. Each event has a LIMIT of its own, so neither server reads
// more.
std::string select_first_deliveries(std::span<const model::Id> events, std::uint64_t most) {
    const SqlText beginning = SqlText::composed("(" + select_deliveries("WHERE d.event_id = "));
    SqlText statement("");
    for (const model::Id event : events) {
        if (!statement.str().empty()) statement.sql(" UNION ALL ");
        statement.add(beginning).number(event).sql(" ORDER BY d.webhook_id LIMIT ").number(most).sql(")");
    }
    return statement.str();
}

using Events = std::map<model::Id, model::Event>;

void add_deliveries(Events& events, const Rows& rows) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto event = events.find(rows.number(row, DeliveryColumn::kEvent));
        if (event != events.end()) event->second.deliveries.push_back(delivery_of(rows, row));
    }
}

void read_deliveries(Connection& connection, Events& events, std::span<const model::Id> ids,
                     std::uint64_t most) {
    Statement statement{select_deliveries("WHERE d.event_id IN ")};
    statement.add_numbers(ids).add(" ORDER BY d.event_id, d.webhook_id LIMIT ?", {most + 1});
    const Rows all = connection.query(statement.text, statement.parameters);
    if (all.size() <= most) {
        add_deliveries(events, all);
        for (auto& [id, event] : events) event.webhooks_count = event.deliveries.size();
        return;
    }
    add_deliveries(events, connection.query_text(select_first_deliveries(ids, most)));
    for (auto& [id, event] : events) count_deliveries(connection, event, most);
}

// Moves those of the events that were found.
std::vector<model::Event> in_order(std::span<const model::Id> ids, Events& found) {
    std::vector<model::Event> events;
    events.reserve(found.size());
    for (const model::Id id : ids) {
        const auto event = found.find(id);
        if (event != found.end()) events.push_back(std::move(event->second));
    }
    return events;
}

}  // namespace

std::string event_columns() {
    return "e.id, e.event_type, " + client_time("e.occurred_at") + ", e.content";
}

std::vector<model::Event> read_events(Connection& connection, const Rows& rows) {
    std::vector<model::Id> ids;
    Events found;
    ids.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        ids.push_back(rows.number(row, EventColumn::kId));
        found.emplace(ids.back(), event_of(rows, row));
    }
    if (ids.empty()) return {};
    read_deliveries(connection, found, ids, kMostDeliveriesListed);
    return in_order(ids, found);
}

std::optional<model::Event> find_event(Connection& connection, const model::Owner& owner, model::Id event) {
    Statement statement{select_events("WHERE e.id = ? AND e.account_id = ?"), {event, owner.account_id}};
    if (owner.target_id) statement.add(" AND e.target_id = ?", {*owner.target_id});
    const Rows rows = connection.query(statement.text, statement.parameters);
    if (rows.empty()) return std::nullopt;
    return with_first_deliveries(connection, event_of(rows, 0));
}

SqlText select_deliveries_of(std::span<const model::Id> events) {
    SqlText statement = SqlText::composed(select_deliveries("WHERE d.event_id IN "));
    return statement.numbers(events).sql(" ORDER BY d.event_id, d.webhook_id");
}

std::map<model::Id, std::vector<model::Delivery>> deliveries_by_event(const Rows& rows) {
    std::map<model::Id, std::vector<model::Delivery>> deliveries;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        deliveries[rows.number(row, DeliveryColumn::kEvent)].push_back(delivery_of(rows, row));
    }
    return deliveries;
}

void add_deliveries(model::Event& event, std::vector<model::Delivery> deliveries) {
    event.webhooks_count = deliveries.size();
    if (deliveries.size() > kMostDeliveriesShown) deliveries.resize(kMostDeliveriesShown);
    event.deliveries = std::move(deliveries);
}

JoinedRead read_event(model::Id event) {
    return {.columns = {", " + event_columns()}, .joins = join_event(event)};
}

std::optional<model::Event> event_read(Connection& connection, const Rows& rows, std::size_t first_column) {
    if (rows.is_null(0, first_column + EventColumn::kId)) return std::nullopt;
    return with_first_deliveries(connection, event_of(rows, 0, first_column));
}

JoinedRead read_event_id(model::Id event) {
    return {.columns = {", e.id"}, .joins = join_event(event)};
}

bool is_event_stored(Connection& connection, model::Id event) {
    return !connection.query("SELECT id FROM events WHERE id = ? LOCK IN SHARE MODE", {event}).empty();
}

std::vector<model::Event> read_events(Connection& connection, std::span<const model::Id> ids,
                                      std::uint64_t most_deliveries) {
    if (ids.empty()) return {};
    const Statement events = Statement{select_events("WHERE e.id IN ")}.add_numbers(ids);
    const Rows rows = connection.query(events.text, events.parameters);
    Events found;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        found.emplace(rows.number(row, EventColumn::kId), event_of(rows, row));
    }

    if (most_deliveries > 0) read_deliveries(connection, found, ids, most_deliveries);

    return in_order(ids, found);
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
