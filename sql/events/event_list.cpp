#include "sql/events/event_list.hpp"

#include <utility>
#include <vector>

#include "sql/events/counters.hpp"
#include "sql/events/delivery_status.hpp"
#include "sql/events/event_reader.hpp"

namespace db {
namespace {

// A delivery repeats its event's account and time. So one index entry shows whether the event has a delivery
// of that status, however many deliveries it has.
constexpr std::string_view kHasDelivery = R"(
    (SELECT 1
     FROM deliveries d FORCE INDEX (deliveries_status)
     WHERE d.account_id = ? AND d.status = ? AND d.occurred_at = e.occurred_at AND d.event_id = e.id
     LIMIT 1) IS NOT NULL)";

constexpr std::string_view kFromDeliveries = R"(
    FROM deliveries d FORCE INDEX (deliveries_status)
    WHERE d.account_id = ? AND d.status = ? AND d.occurred_at >= ?)";

std::string index_of(const model::Owner& owner, const EventFilter& filter) {
    return std::string(owner.target_id ? "events_target" : "events_account") +
           (filter.event_type ? "_type" : "");
}

// Adds the conditions on owner and event type, which are the first columns of that index.
Statement& add_owner(Statement& statement, const model::Owner& owner, const EventFilter& filter) {
    if (owner.target_id) {
        statement.add("e.target_id = ?", {*owner.target_id});
    } else {
        statement.add("e.account_id = ?", {owner.account_id});
    }
    if (filter.event_type) statement.add(" AND e.event_type = ?", {*filter.event_type});
    return statement;
}

// The index is named because with old statistics the server would choose the wrong one and sort a million
// rows to find ten.
ListSource from_events(const model::Owner& owner, const EventFilter& filter) {
    ListSource source{.id = "e.id", .time = "e.occurred_at", .from = {}, .start = before(filter.until)};
    source.from.add(" FROM events e FORCE INDEX (").add(index_of(owner, filter)).add(") WHERE ");
    add_owner(source.from, owner, filter).add(" AND e.occurred_at >= ?", {not_before(filter.since)});
    if (filter.status) {
        source.filter.add(kHasDelivery, {owner.account_id, stored(*filter.status)});
    }
    return source;
}

bool needs_event(const model::Owner& owner, const EventFilter& filter) {
    return owner.target_id || filter.event_type;
}

// An event is looked up only in the index of its list, which has all the filtered columns. REQUIRES:
// filter.status
ListSource from_deliveries(const model::Owner& owner, const EventFilter& filter) {
    ListSource source{.id = "d.event_id",
                      .time = "d.occurred_at",
                      .from = {std::string(kFromDeliveries),
                               {owner.account_id, stored(*filter.status), not_before(filter.since)}},
                      .has_repeats = true,
                      .start = before(filter.until)};
    if (needs_event(owner, filter)) {
        source.filter.add("(SELECT 1 FROM events e FORCE INDEX (")
            .add(index_of(owner, filter))
            .add(") WHERE ");
        add_owner(source.filter, owner, filter)
            .add(" AND e.occurred_at = d.occurred_at AND e.id = d.event_id) IS NOT NULL");
    }
    return source;
}

// Most deliveries succeed in the end, so most events have a succeeded one.
bool starts_from_deliveries(Connection& connection, const model::Owner& owner, const EventFilter& filter) {
    if (!filter.status) return false;
    if (!needs_event(owner, filter)) return true;
    return *filter.status != model::DeliveryStatus::kSucceeded &&
           count_events(connection, owner, filter.event_type) > kMostExamined;
}

ListSource source_of(Connection& connection, const model::Owner& owner, const EventFilter& filter) {
    return starts_from_deliveries(connection, owner, filter) ? from_deliveries(owner, filter)
                                                             : from_events(owner, filter);
}

}  // namespace

ListPart find_events(Connection& connection, const model::Owner& owner, const EventFilter& filter,
                     const ListSlice& slice) {
    return scan_list(connection, source_of(connection, owner, filter), slice);
}

EventPart read_event_part(Connection& connection, const model::Owner& owner, const EventFilter& filter,
                          const ListSlice& slice) {
    const Statement statement = select_slice(event_columns(), from_events(owner, filter), slice);
    EventPart read;
    read.events = read_events(connection, connection.query(statement.text, statement.parameters));
    std::vector<Position> entries;
    entries.reserve(read.events.size());
    for (const model::Event& event : read.events) {
        entries.push_back({.time = event.occurred_at, .id = event.id});
    }
    read.part = part_of(std::move(entries), slice);
    read.events.resize(read.part.found.size());
    return read;
}

ListCount count_events(Connection& connection, const model::Owner& owner, const EventFilter& filter) {
    if (!filter.status && !filter.since && !filter.until) {
        return {.count = count_events(connection, owner, filter.event_type)};
    }
    return count_list(connection, source_of(connection, owner, filter));
}

}  // namespace db
