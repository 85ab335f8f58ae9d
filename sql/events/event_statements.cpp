#include "sql/events/event_statements.hpp"

#include <vector>

#include "sql/connection/database_time.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {

SqlText insert_events(std::span<const EventRow> rows) {
    SqlText statement(
        "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) VALUES ");
    statement.list(", ", rows, [&statement](const EventRow& row) {
        statement.sql("(").number(row.id).sql(", ").number(row.owner.account_id).sql(", ");
        if (row.owner.target_id) statement.number(*row.owner.target_id);
        statement.sql(row.owner.target_id.has_value(), ", ", "NULL, ").text(row.event_type).sql(", ");
        statement.text(row.content).sql(", ").text(to_database_time(row.occurred_at)).sql(")");
    });
    return statement;
}

// The index is named because the server locks every row that it examines: a scan of the table would make
// other accounts wait.
SqlText insert_deliveries_from(SqlLiteral due) {
    SqlText statement(R"(
        INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, reason)
        SELECT e.id, w.id, e.account_id, e.occurred_at, IF(w.enabled, )");
    statement.number(stored(model::DeliveryStatus::kScheduled)).sql(", ");
    statement.number(stored(model::DeliveryStatus::kFailed)).sql("), IF(w.enabled, ").sql(due);
    return statement.sql(R"(, NULL), IF(w.enabled, NULL, 'disabled')
        FROM events e STRAIGHT_JOIN webhooks w FORCE INDEX (webhooks_owner)
           ON w.account_id = e.account_id AND (w.event_types = '' OR FIND_IN_SET(e.event_type, w.event_types)))");
}

// 0 stands for a target that no webhook has. The time matters only if it is stated: after a clock was set back,
// webhooks must still get the other events.
SqlText insert_deliveries(std::span<const EventRow> rows) {
    std::vector<model::Id> ids;
    std::vector<model::Id> timed;
    ids.reserve(rows.size());
    timed.reserve(rows.size());
    for (const EventRow& row : rows) {
        ids.push_back(row.id);
        if (row.time_is_stated) timed.push_back(row.id);
    }
    SqlText statement = insert_deliveries_from("UTC_TIMESTAMP(6)");
    statement.sql(R"(
         AND (w.target_id = IF(e.target_id IS NULL OR e.event_type = 'target_created', 0, e.target_id)
              OR w.target_id IS NULL)
        WHERE w.deleted_at IS NULL AND e.id IN )");
    statement.numbers(ids);
    if (!timed.empty()) {
        statement.sql(" AND (w.created_at <= e.occurred_at OR e.id NOT IN ").numbers(timed).sql(")");
    }
    return statement.sql(" LOCK IN SHARE MODE");
}

}  // namespace db
