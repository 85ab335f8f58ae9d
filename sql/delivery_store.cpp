#include "sql/delivery_store.hpp"

namespace db {

bool schedule_anew(Connection& connection, Id event, Id webhook) {
    // The webhook is locked first, as deletion does: it can't be deleted before this is committed.
    const Rows webhooks = connection.query(
        "SELECT id FROM webhooks WHERE id = ? AND deleted_at IS NULL LOCK IN SHARE MODE", {webhook});
    if (webhooks.empty()) return false;
    return connection.execute(
               "UPDATE deliveries SET status = 0, next_try = UTC_TIMESTAMP(6), retries = 0, reason = NULL,"
               " lease = DEFAULT, lease_until = DEFAULT, first_try = DEFAULT, finished_at = DEFAULT"
               " WHERE event_id = ? AND webhook_id = ?",
               {event, webhook}) == 1;
}

void greet_again(Connection& connection, Id greeting, Id webhook) {
    if (schedule_anew(connection, greeting, webhook)) return;
    connection.execute(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
        " SELECT id, ?, account_id, occurred_at, UTC_TIMESTAMP(6) FROM events WHERE id = ?",
        {webhook, greeting});
}

}  // namespace db
