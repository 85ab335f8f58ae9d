#include "sql/event_list.hpp"

#include <utility>

#include "sql/event_reader.hpp"
#include "sql/sql_text.hpp"
#include "sql/time_text.hpp"
#include "sql/totals.hpp"

namespace db {
namespace {

struct Statement {
    std::string text;
    std::vector<Parameter> parameters;
};

class StatementBuilder {
  public:
    StatementBuilder& sql(std::string_view part) {
        statement_.text += part;
        return *this;
    }
    // A part with one "?".
    template <class Value>
    StatementBuilder& sql(std::string_view part, const Value& parameter) {
        statement_.parameters.emplace_back(parameter);
        return sql(part);
    }
    Statement take() { return std::move(statement_); }

  private:
    Statement statement_;
};

std::uint64_t number_of(DeliveryStatus status) {
    return static_cast<std::uint64_t>(status);
}

// alias: of the table whose occurred_at it is.
void add_times(StatementBuilder& builder, std::string_view alias, const EventChoice& choice) {
    if (choice.since) {
        builder.sql(" AND ").sql(alias).sql(".occurred_at >= ?", to_database_time(*choice.since));
    }
    if (choice.until) {
        builder.sql(" AND ").sql(alias).sql(".occurred_at < ?", to_database_time(*choice.until));
    }
}

std::string index_of(const Owner& owner, const EventChoice& choice) {
    return std::string(owner.target_id ? "events_target" : "events_account") +
           (choice.event_type ? "_type" : "");
}

// Whose events, and of which type: the beginning of that index.
void add_owner(StatementBuilder& builder, const Owner& owner, const EventChoice& choice) {
    if (owner.target_id) {
        builder.sql("e.target_id = ?", *owner.target_id);
    } else {
        builder.sql("e.account_id = ?", owner.account_id);
    }
    if (choice.event_type) builder.sql(" AND e.event_type = ?", *choice.event_type);
}

// The index is named, because the server would take the wrong one where its statistics are old: it would sort
// a million rows to find ten. A delivery has its event's account and time, so that one entry of an index
// tells whether there is one of that status, however many the event has.
void add_source_of_events(StatementBuilder& builder, const Owner& owner, const EventChoice& choice) {
    builder.sql(" FROM events e FORCE INDEX (").sql(index_of(owner, choice)).sql(") WHERE ");
    add_owner(builder, owner, choice);
    add_times(builder, "e", choice);
    if (choice.status) {
        builder.sql(" AND (SELECT 1 FROM deliveries d FORCE INDEX (deliveries_status) WHERE d.account_id = ?",
                    owner.account_id);
        builder.sql(" AND d.status = ?", number_of(*choice.status));
        builder.sql(" AND d.occurred_at = e.occurred_at AND d.event_id = e.id LIMIT 1) IS NOT NULL");
    }
}

bool needs_event(const Owner& owner, const EventChoice& choice) {
    return owner.target_id || choice.event_type;
}

// The event's entry in the index of its list tells all that is asked of it. REQUIRES: choice.status
void add_source_of_deliveries(StatementBuilder& builder, const Owner& owner, const EventChoice& choice) {
    builder.sql(" FROM deliveries d FORCE INDEX (deliveries_status)");
    if (needs_event(owner, choice)) {
        builder.sql(" STRAIGHT_JOIN events e FORCE INDEX (").sql(index_of(owner, choice)).sql(") ON ");
        add_owner(builder, owner, choice);
        builder.sql(" AND e.occurred_at = d.occurred_at AND e.id = d.event_id");
    }
    builder.sql(" WHERE d.account_id = ?", owner.account_id);
    builder.sql(" AND d.status = ?", number_of(*choice.status));
    add_times(builder, "d", choice);
    builder.sql(" GROUP BY d.occurred_at, d.event_id");
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
    StatementBuilder builder;
    if (starts_from_deliveries(owner, choice)) {
        builder.sql("SELECT d.event_id");
        add_source_of_deliveries(builder, owner, choice);
        builder.sql(" ORDER BY d.occurred_at DESC, d.event_id DESC");
    } else {
        builder.sql("SELECT e.id");
        add_source_of_events(builder, owner, choice);
        builder.sql(" ORDER BY e.occurred_at DESC, e.id DESC");
    }
    builder.sql(" LIMIT ?", slice.length).sql(" OFFSET ?", slice.offset);
    return builder.take();
}

Statement count_chosen_events(const Owner& owner, const EventChoice& choice) {
    StatementBuilder builder;
    if (starts_from_deliveries(owner, choice)) {
        builder.sql("SELECT COUNT(*) FROM (SELECT 1");
        add_source_of_deliveries(builder, owner, choice);
        builder.sql(") AS chosen");
    } else {
        builder.sql("SELECT COUNT(*)");
        add_source_of_events(builder, owner, choice);
    }
    return builder.take();
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
