#include "sql/deliveries/delivery_store.hpp"

#include "sql/connection/sql_text.hpp"

namespace db {

namespace {

// In the transaction that lets a webhook start afresh: the daemon waits for its lock.
constexpr std::uint64_t kDueAtOnce = 200;

// The webhook is locked, as deletion does: it can't be deleted before the transaction ends.
bool hold_webhook(Connection& connection, model::Id webhook, const std::optional<model::Id>& only_target) {
    const Rows rows = connection.query(
        "SELECT target_id FROM webhooks WHERE id = ? AND deleted_at IS NULL FOR UPDATE", {webhook});
    if (rows.empty()) return false;
    if (rows.is_null(0, 0)) return !only_target;
    const model::Id target = rows.number(0, 0);
    if (only_target && target != *only_target) return false;
    return !connection.query("SELECT id FROM targets WHERE id = ? AND deleted_at IS NULL", {target}).empty();
}

bool make_due(Connection& connection, model::Id event, model::Id webhook) {
    return connection.execute(
               "UPDATE deliveries SET status = 0, next_try = UTC_TIMESTAMP(6), retries = 0, reason = NULL,"
               " changed_at = UTC_TIMESTAMP(6), first_try = NULL, lease = 0"
               " WHERE event_id = ? AND webhook_id = ?",
               {event, webhook}) == 1;
}

}  // namespace

bool schedule_anew(Connection& connection, model::Id event, model::Id webhook,
                   std::optional<model::Id> only_target) {
    if (!hold_webhook(connection, webhook, only_target) || !make_due(connection, event, webhook))
        return false;
    start_afresh(connection, webhook);
    return true;
}

void start_afresh(Connection& connection, model::Id webhook) {
    connection.execute_one(
        "UPDATE webhooks SET generation ="
        " GREATEST(generation + 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))) WHERE id = ?",
        {webhook});
    make_waiting_due(connection, webhook, kDueAtOnce);
}

// They are looked up first and changed by their primary key, which is what whoever delivers locks first as
// well.
std::uint64_t make_waiting_due(Connection& connection, model::Id webhook, std::uint64_t most) {
    const Rows rows = connection.query(
        "SELECT event_id FROM deliveries FORCE INDEX (deliveries_webhook)"
        " WHERE webhook_id = ? AND next_try > UTC_TIMESTAMP(6) ORDER BY next_try DESC LIMIT ?",
        {webhook, most});
    if (rows.empty()) return 0;
    SqlText statement(
        "UPDATE deliveries FORCE INDEX (PRIMARY) SET next_try = UTC_TIMESTAMP(6) WHERE webhook_id = ");
    statement.number(webhook).sql(" AND next_try > UTC_TIMESTAMP(6) AND event_id IN ");
    connection.execute_text(statement.numbers(rows.numbers(0)).str());
    return rows.size();
}

void greet_again(Connection& connection, model::Id greeting, model::Id webhook) {
    if (make_due(connection, greeting, webhook)) return;
    connection.execute_one(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
        " SELECT id, ?, account_id, occurred_at, UTC_TIMESTAMP(6) FROM events WHERE id = ?",
        {webhook, greeting});
}

}  // namespace db
