#include "sql/delivery_store.hpp"

namespace db {

namespace {

// The webhook is locked, as deletion does: it can't be deleted before the transaction ends.
bool hold_webhook(Connection& connection, Id webhook, const std::optional<Id>& only_target) {
    const Rows rows = connection.query(
        "SELECT target_id FROM webhooks WHERE id = ? AND deleted_at IS NULL LOCK IN SHARE MODE", {webhook});
    if (rows.empty()) return false;
    if (rows.is_null(0, 0)) return !only_target;
    const Id target = rows.number(0, 0);
    if (only_target && target != *only_target) return false;
    return !connection.query("SELECT id FROM targets WHERE id = ? AND deleted_at IS NULL", {target}).empty();
}

bool make_due(Connection& connection, Id event, Id webhook) {
    return connection.execute(
               "UPDATE deliveries SET status = 0, next_try = UTC_TIMESTAMP(6), retries = 0, reason = NULL,"
               " lease = DEFAULT, lease_until = DEFAULT, first_try = DEFAULT, finished_at = DEFAULT"
               " WHERE event_id = ? AND webhook_id = ?",
               {event, webhook}) == 1;
}

}  // namespace

bool schedule_anew(Connection& connection, Id event, Id webhook, std::optional<Id> only_target) {
    return hold_webhook(connection, webhook, only_target) && make_due(connection, event, webhook);
}

void greet_again(Connection& connection, Id greeting, Id webhook) {
    if (make_due(connection, greeting, webhook)) return;
    connection.execute_one(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
        " SELECT id, ?, account_id, occurred_at, UTC_TIMESTAMP(6) FROM events WHERE id = ?",
        {webhook, greeting});
}

}  // namespace db
