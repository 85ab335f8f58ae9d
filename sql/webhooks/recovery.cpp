#include "sql/webhooks/recovery.hpp"

#include <algorithm>

#include "sql/connection/database_time.hpp"
#include "sql/connection/statement.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/delivery_status.hpp"
#include "sql/webhooks/owned_webhook.hpp"

namespace db {
namespace {

std::optional<std::string> to_optional_time(const std::optional<model::Time>& time) {
    return time ? std::optional(to_database_time(*time)) : std::nullopt;
}

}  // namespace

Recovery::Recovery(const model::Time& since, const std::optional<model::Time>& until)
    : behind_{to_database_time(since)}, until_(to_optional_time(until)) {}

bool Recovery::run(Connection& connection, const model::Owner& owner, model::Id webhook,
                   Clock::time_point last_begin) {
    do {
        if (batch_.empty()) read_batch(connection, webhook);
        if (!schedule_batch(connection, owner, webhook)) return false;
    } while (has_more_ && left_ > 0 && Clock::now() <= last_begin);
    return true;
}

// The condition consists of separate ranges, because neither server finds the range in (time, id) > (?, ?).
void Recovery::read_batch(Connection& connection, model::Id webhook) {
    const std::uint64_t most = std::min(kRecoveryBatch, left_);
    Statement statement{R"(
        SELECT event_id, occurred_at
        FROM deliveries FORCE INDEX (deliveries_history)
        WHERE webhook_id = ? AND status = ? AND (occurred_at > ? OR (occurred_at = ? AND event_id > ?)))",
                        {webhook, stored(model::DeliveryStatus::kFailed), behind_.occurred_at,
                         behind_.occurred_at, behind_.event_id}};
    if (until_) {
        statement.add(" AND occurred_at < ?", {*until_});
    } else {
        statement.add(" AND occurred_at < UTC_TIMESTAMP(6)");
    }
    statement.add(" ORDER BY occurred_at, event_id LIMIT ?", {most + 1});
    const Rows rows = connection.query(statement.text, statement.parameters);
    batch_ = rows.numbers(0);
    has_more_ = batch_.size() > most;
    if (has_more_) batch_.pop_back();
    if (!batch_.empty()) behind_ = {rows.text(batch_.size() - 1, 1), batch_.back()};
    left_ -= batch_.size();
}

bool Recovery::schedule_batch(Connection& connection, const model::Owner& owner, model::Id webhook) {
    Transaction transaction(connection);
    if (!lock_webhook(connection, owner, webhook)) return false;
    const std::uint64_t changed = batch_.empty() ? 0 : schedule_failed_anew(connection, webhook, batch_);
    const bool starts_afresh = changed > 0 && !is_fresh_;
    if (starts_afresh) start_afresh(connection, webhook);
    // If this commit is done again, it finds nothing left to change.
    tried_ = std::max(tried_, changed);
    transaction.commit();
    is_fresh_ = is_fresh_ || starts_afresh;
    scheduled_ += tried_;
    tried_ = 0;
    batch_.clear();
    return true;
}

}  // namespace db
