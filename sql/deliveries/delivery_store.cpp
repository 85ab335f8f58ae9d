#include "sql/deliveries/delivery_store.hpp"

#include <string_view>

#include "sql/connection/sql_text.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// How many deliveries start_afresh makes due. Few, because the daemon waits for the transaction's lock.
constexpr std::uint64_t kDueAtOnce = 200;

// Locks the webhook as deletion does, so it can't be deleted before the transaction ends.
bool hold_webhook(Connection& connection, model::Id webhook, const std::optional<model::Id>& only_target) {
    const Rows rows = connection.query(
        "SELECT target_id FROM webhooks WHERE id = ? AND deleted_at IS NULL FOR UPDATE", {webhook});
    if (rows.empty()) return false;
    const std::optional<model::Id> target = rows.optional_number(0, 0);
    if (!target) return !only_target;
    if (only_target && target != only_target) return false;
    return !connection.query("SELECT id FROM targets WHERE id = ? AND deleted_at IS NULL", {*target}).empty();
}

// Sets the columns of a delivery to those of a new one.
constexpr std::string_view kMakeNew = R"(
    UPDATE deliveries FORCE INDEX (PRIMARY)
    SET status = 0,
        next_try = UTC_TIMESTAMP(6),
        retries = 0,
        reason = NULL,
        changed_at = UTC_TIMESTAMP(6),
        first_try = NULL,
        lease = 0
    WHERE )";
static_assert(static_cast<int>(model::DeliveryStatus::kScheduled) == 0);

bool make_new(Connection& connection, model::Id event, model::Id webhook) {
    return connection.execute(std::string(kMakeNew) + "event_id = ? AND webhook_id = ?", {event, webhook}) ==
           1;
}

}  // namespace

bool schedule_anew(Connection& connection, model::Id event, model::Id webhook,
                   std::optional<model::Id> only_target) {
    if (!hold_webhook(connection, webhook, only_target) || !make_new(connection, event, webhook))
        return false;
    start_afresh(connection, webhook);
    return true;
}

void start_afresh(Connection& connection, model::Id webhook) {
    constexpr std::string_view kRenewGeneration = R"(
        UPDATE webhooks
        SET generation =
            GREATEST(generation + 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)))
        WHERE id = ?)";
    connection.execute_one(kRenewGeneration, {webhook});
    make_waiting_due(connection, webhook, kDueAtOnce);
}

// The deliveries are looked up first and changed by their primary key, because the daemon locks the primary
// key first as well.
std::uint64_t make_waiting_due(Connection& connection, model::Id webhook, std::uint64_t most) {
    constexpr std::string_view kSelectWaiting = R"(
        SELECT event_id
        FROM deliveries FORCE INDEX (deliveries_webhook)
        WHERE webhook_id = ? AND next_try > UTC_TIMESTAMP(6)
        ORDER BY next_try DESC
        LIMIT ?)";
    const Rows rows = connection.query(kSelectWaiting, {webhook, most});
    if (rows.empty()) return 0;
    SqlText statement(R"(
        UPDATE deliveries FORCE INDEX (PRIMARY)
        SET next_try = UTC_TIMESTAMP(6)
        WHERE next_try > UTC_TIMESTAMP(6) AND webhook_id = )");
    statement.number(webhook).sql(" AND event_id IN ");
    connection.execute_text(statement.numbers(rows.numbers(0)).str());
    return rows.size();
}

std::uint64_t schedule_failed_anew(Connection& connection, model::Id webhook,
                                   std::span<const model::Id> events) {
    SqlText statement(kMakeNew);
    statement.sql("webhook_id = ").number(webhook).sql(" AND status = ");
    statement.number(stored(model::DeliveryStatus::kFailed)).sql(" AND event_id IN ").numbers(events);
    return connection.update_text(statement.str());
}

}  // namespace db
