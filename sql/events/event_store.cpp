#include "sql/events/event_store.hpp"

#include "sql/connection/database_time.hpp"
#include "sql/connection/statement.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

constexpr std::string_view kInsertEvent = R"(
    INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)
    VALUES (?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(6))))";

// The index is named because the server locks every row that it examines: a scan of the table would make
// other accounts wait.
constexpr std::string_view kInsertDeliveries = R"(
    INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, reason)
    SELECT e.id, w.id, e.account_id, e.occurred_at,
        IF(w.enabled, ?, ?),
        IF(w.enabled, UTC_TIMESTAMP(6), NULL),
        IF(w.enabled, NULL, 'disabled')
    FROM events e STRAIGHT_JOIN webhooks w FORCE INDEX (webhooks_owner) ON w.account_id = e.account_id
    WHERE e.id = ? AND w.deleted_at IS NULL)";

Statement insert_deliveries(const NewEvent& event, model::Id event_id) {
    Statement statement{
        std::string(kInsertDeliveries),
        {stored(model::DeliveryStatus::kScheduled), stored(model::DeliveryStatus::kFailed), event_id}};
    if (event.owner.target_id && event.event_type != "target_created") {
        statement.add(" AND (w.target_id = ? OR w.target_id IS NULL)", {*event.owner.target_id});
    } else {
        statement.add(" AND w.target_id IS NULL");
    }
    // Only for stated times: after a clock was set back, webhooks must still get the other events.
    if (event.occurred_at) statement.add(" AND w.created_at <= e.occurred_at");
    statement.add(" LOCK IN SHARE MODE");
    return statement;
}

}  // namespace

model::Id record_event(Connection& connection, const NewEvent& event, const IdSource& generate) {
    const auto& time = event.occurred_at ? event.occurred_at : event.recorded_at;
    const Parameter occurred_at = time ? Parameter(to_database_time(*time)) : Parameter(nullptr);
    const model::Id event_id = insert_with_new_id(generate, [&](model::Id id) {
        connection.execute(kInsertEvent, {id, event.owner.account_id, nullable(event.owner.target_id),
                                          event.event_type, event.content, occurred_at});
    });
    const Statement deliveries = insert_deliveries(event, event_id);
    connection.execute(deliveries.text, deliveries.parameters);
    change_counters(connection, {{event.owner, event.event_type}});
    return event_id;
}

}  // namespace db
