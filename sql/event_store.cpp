#include "sql/event_store.hpp"

namespace db {
namespace {

constexpr std::string_view kInsertEvent =
    "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
    " VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))";

// Both find the webhooks through the index webhooks_owner. Status 0 is scheduled, 3 failed.
constexpr std::string_view kDeliverToAccount =
    "INSERT INTO deliveries (event_id, webhook_id, status, next_try)"
    " SELECT ?, id, IF(enabled, 0, 3), IF(enabled, UTC_TIMESTAMP(6), NULL) FROM webhooks"
    " WHERE account_id = ? AND target_id IS NULL AND deleted_at IS NULL";
constexpr std::string_view kDeliverToAccountAndTarget =
    "INSERT INTO deliveries (event_id, webhook_id, status, next_try)"
    " SELECT ?, id, IF(enabled, 0, 3), IF(enabled, UTC_TIMESTAMP(6), NULL) FROM webhooks"
    " WHERE account_id = ? AND (target_id = ? OR target_id IS NULL) AND deleted_at IS NULL";

}  // namespace

Id record_event(Connection& connection, const NewEvent& event, const IdSource& draw) {
    const Parameter target_id = nullable(event.target_id);
    const Id event_id = insert_with_new_id(draw, [&](Id id) {
        connection.execute(kInsertEvent, {id, event.account_id, target_id, event.event_type, event.content});
    });
    if (event.target_id && event.event_type != "target_created") {
        connection.execute(kDeliverToAccountAndTarget, {event_id, event.account_id, target_id});
    } else {
        connection.execute(kDeliverToAccount, {event_id, event.account_id});
    }
    return event_id;
}

}  // namespace db
