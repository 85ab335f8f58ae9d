#include "sql/event_list.hpp"

#include "sql/event_reader.hpp"
#include "sql/sql_text.hpp"
#include "sql/statement.hpp"
#include "sql/time_text.hpp"
#include "sql/totals.hpp"

namespace db {
namespace {

std::uint64_t number_of(DeliveryStatus status) {
    return static_cast<std::uint64_t>(status);
}

// alias: of the table whose occurred_at it is.
void add_times(Statement& statement, std::string_view alias, const EventChoice& choice) {
    if (choice.since) {
        statement.add(" AND ").add(alias).add(".occurred_at >= ?", {to_database_time(*choice.since)});
    }
    if (choice.until) {
        statement.add(" AND ").add(alias).add(".occurred_at < ?", {to_database_time(*choice.until)});
    }
}

std::string index_of(const Owner& owner, const EventChoice& choice) {
    return std::string(owner.target_id ? "events_target" : "events_account") +
           (choice.event_type ? "_type" : "");
}

// Whose events, and of which type: the beginning of that index.
void add_owner(Statement& statement, const Owner& owner, const EventChoice& choice) {
    if (owner.target_id) {
        statement.add("e.target_id = ?", {*owner.target_id});
    } else {
        statement.add("e.account_id = ?", {owner.account_id});
    }
    if (choice.event_type) statement.add(" AND e.event_type = ?", {*choice.event_type});
}

// The index is named, because the server would take the wrong one where its statistics are old: it would sort
// a million rows to find ten. A delivery has its event's account and time, so that one entry of an index
// tells whether there is one of that status, however many the event has.
void add_source_of_events(Statement& statement, const Owner& owner, const EventChoice& choice) {
    statement.add(" FROM events e FORCE INDEX (").add(index_of(owner, choice)).add(") WHERE ");
    add_owner(statement, owner, choice);
    add_times(statement, "e", choice);
    if (choice.status) {
        statement.add(
            " AND (SELECT 1 FROM deliveries d FORCE INDEX (deliveries_status) WHERE d.account_id = ?",
            {owner.account_id});
        statement.add(" AND d.status = ?", {number_of(*choice.status)});
        statement.add(" AND d.occurred_at = e.occurred_at AND d.event_id = e.id LIMIT 1) IS NOT NULL");
    }
}

bool needs_event(const Owner& owner, const EventChoice& choice) {
    return owner.target_id || choice.event_type;
}

// The event's entry in the index of its list tells all that is asked of it. REQUIRES: choice.status
void add_source_of_deliveries(Statement& statement, const Owner& owner, const EventChoice& choice) {
    statement.add(" FROM deliveries d FORCE INDEX (deliveries_status)");
    if (needs_event(owner, choice)) {
        statement.add(" STRAIGHT_JOIN events e FORCE INDEX (").add(index_of(owner, choice)).add(") ON ");
        add_owner(statement, owner, choice);
        statement.add(" AND e.occurred_at = d.occurred_at AND e.id = d.event_id");
    }
    statement.add(" WHERE d.account_id = ?", {owner.account_id});
    statement.add(" AND d.status = ?", {number_of(*choice.status)});
    add_times(statement, "d", choice);
    statement.add(" GROUP BY d.occurred_at, d.event_id");
}

bool starts_from_deliveries(const Owner& owner, const EventChoice& choice) {
    return choice.status && (*choice.status != DeliveryStatus::kSucceeded || !needs_event(owner, choice));
}

std::vector<Id> ids_of(const Rows& rows) {
    std::vector<Id> ids;
    ids.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) ids.push_back(rows.number(row, 0));
    return ids;
}

Statement select_event_ids(const Owner& owner, const EventChoice& choice, const Slice& slice) {
    Statement statement;
    if (starts_from_deliveries(owner, choice)) {
        statement.add("SELECT d.event_id");
        add_source_of_deliveries(statement, owner, choice);
        statement.add(" ORDER BY d.occurred_at DESC, d.event_id DESC");
    } else {
        statement.add("SELECT e.id");
        add_source_of_events(statement, owner, choice);
        statement.add(" ORDER BY e.occurred_at DESC, e.id DESC");
    }
    statement.add(" LIMIT ?", {slice.length}).add(" OFFSET ?", {slice.offset});
    return statement;
}

Statement count_chosen_events(const Owner& owner, const EventChoice& choice) {
    Statement statement;
    if (starts_from_deliveries(owner, choice)) {
        statement.add("SELECT COUNT(*) FROM (SELECT 1");
        add_source_of_deliveries(statement, owner, choice);
        statement.add(") AS chosen");
    } else {
        statement.add("SELECT COUNT(*)");
        add_source_of_events(statement, owner, choice);
    }
    return statement;
}

std::uint64_t count_events_chosen(Connection& connection, const Owner& owner, const EventChoice& choice) {
    if (!choice.status && !choice.since && !choice.until) {
        return count_events(connection, owner, choice.event_type);
    }
    const Statement statement = count_chosen_events(owner, choice);
    return connection.query(statement.text, statement.parameters).number(0, 0);
}

// Counts no further than to one too many.
bool has_more_deliveries(Connection& connection, const std::vector<Id>& events, std::uint64_t most) {
    SqlText statement("SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE event_id IN ");
    statement.numbers(events).sql(" LIMIT ").number(most + 1).sql(") AS found");
    return connection.query_text(statement.str()).number(0, 0) > most;
}

}  // namespace

std::variant<Page<Event>, TooManyDeliveries> list_events(Connection& connection, const Owner& owner,
                                                         const EventChoice& choice, const Slice& slice,
                                                         std::uint64_t most_deliveries) {
    Page<Event> page;
    page.count = count_events_chosen(connection, owner, choice);
    if (slice.offset >= page.count) return page;
    const Statement statement = select_event_ids(owner, choice, slice);
    const std::vector<Id> ids = ids_of(connection.query(statement.text, statement.parameters));
    if (ids.empty()) return page;
    if (ids.size() > 1 && has_more_deliveries(connection, ids, most_deliveries)) return TooManyDeliveries{};
    page.objects = read_events(connection, ids);
    return page;
}

}  // namespace db
