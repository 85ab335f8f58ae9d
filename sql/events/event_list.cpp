#include "sql/events/event_list.hpp"

#include "sql/connection/database_time.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

constexpr std::string_view kFirstTime = "1970-01-01T00:00:00.000000Z";
constexpr std::string_view kLastTime = "9999-12-31T23:59:59.999999Z";

// A delivery has its event's account and time, so that one entry of an index tells whether there is one of that
// status, however many deliveries the event has.
constexpr std::string_view kHasDelivery = R"(
    (SELECT 1
     FROM deliveries d FORCE INDEX (deliveries_status)
     WHERE d.account_id = ? AND d.status = ? AND d.occurred_at = e.occurred_at AND d.event_id = e.id
     LIMIT 1) IS NOT NULL)";

constexpr std::string_view kFromDeliveries = R"(
    FROM deliveries d FORCE INDEX (deliveries_status)
    WHERE d.account_id = ? AND d.status = ? AND d.occurred_at >= ?)";

std::string index_of(const model::Owner& owner, const EventFilter& choice) {
    return std::string(owner.target_id ? "events_target" : "events_account") +
           (choice.event_type ? "_type" : "");
}

// Whose events, and of which type: the beginning of that index.
Statement& add_owner(Statement& statement, const model::Owner& owner, const EventFilter& choice) {
    if (owner.target_id) {
        statement.add("e.target_id = ?", {*owner.target_id});
    } else {
        statement.add("e.account_id = ?", {owner.account_id});
    }
    if (choice.event_type) statement.add(" AND e.event_type = ?", {*choice.event_type});
    return statement;
}

Parameter since_of(const EventFilter& choice) {
    return to_database_time(choice.since.value_or(model::Time(kFirstTime)));
}

// Entries before the time have times that are smaller, or no smaller id.
Position start_of(const EventFilter& choice) {
    return {.time = choice.until.value_or(model::Time(kLastTime)), .id = 0};
}

// The index is named, because the server would take the wrong one if its statistics are old: it would sort a
// million rows to find ten.
ListSource from_events(const model::Owner& owner, const EventFilter& choice) {
    ListSource source{.id = "e.id", .time = "e.occurred_at", .from = {}, .start = start_of(choice)};
    source.from.add(" FROM events e FORCE INDEX (").add(index_of(owner, choice)).add(") WHERE ");
    add_owner(source.from, owner, choice).add(" AND e.occurred_at >= ?", {since_of(choice)});
    if (choice.status) {
        source.filter.add(kHasDelivery, {owner.account_id, stored(*choice.status)});
    }
    return source;
}

bool needs_event(const model::Owner& owner, const EventFilter& choice) {
    return owner.target_id || choice.event_type;
}

// The event's entry in the index of its list tells all that is asked of it. REQUIRES: choice.status
ListSource from_deliveries(const model::Owner& owner, const EventFilter& choice) {
    ListSource source{
        .id = "d.event_id",
        .time = "d.occurred_at",
        .from = {std::string(kFromDeliveries), {owner.account_id, stored(*choice.status), since_of(choice)}},
        .has_repeats = true,
        .start = start_of(choice)};
    if (needs_event(owner, choice)) {
        source.filter.add("(SELECT 1 FROM events e FORCE INDEX (")
            .add(index_of(owner, choice))
            .add(") WHERE ");
        add_owner(source.filter, owner, choice)
            .add(" AND e.occurred_at = d.occurred_at AND e.id = d.event_id) IS NOT NULL");
    }
    return source;
}

// Most deliveries have succeeded in the end, so most events have one that has.
bool starts_from_deliveries(Connection& connection, const model::Owner& owner, const EventFilter& choice) {
    if (!choice.status) return false;
    if (!needs_event(owner, choice)) return true;
    return *choice.status != model::DeliveryStatus::kSucceeded &&
           count_events(connection, owner, choice.event_type) > kMostExamined;
}

ListSource source_of(Connection& connection, const model::Owner& owner, const EventFilter& choice) {
    return starts_from_deliveries(connection, owner, choice) ? from_deliveries(owner, choice)
                                                             : from_events(owner, choice);
}

}  // namespace

ListPart find_events(Connection& connection, const model::Owner& owner, const EventFilter& choice,
                     const ListSlice& slice) {
    return scan_list(connection, source_of(connection, owner, choice), slice);
}

ListCount count_events(Connection& connection, const model::Owner& owner, const EventFilter& choice) {
    if (!choice.status && !choice.since && !choice.until) {
        return {.count = count_events(connection, owner, choice.event_type)};
    }
    return count_list(connection, source_of(connection, owner, choice));
}

}  // namespace db
