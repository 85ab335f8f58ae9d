#include "sql/deliveries/delivery_workers.hpp"

#include <algorithm>

namespace db {
namespace {

// A clock step is detected from this size on: longer than a statement takes, shorter than the overlap of the
// scans of the queue.
constexpr std::chrono::seconds kStep{3};
// A worker that was silent for this long is dead by any limit.
constexpr std::chrono::microseconds kLongSilence = std::chrono::days{1};

constexpr std::string_view kSelectWorkers = R"(
    SELECT token, name = ?,
        TIMESTAMPDIFF(MICROSECOND, '1970-01-01', heartbeat_at),
        ABS(TIMESTAMPDIFF(MICROSECOND, heartbeat_at, UTC_TIMESTAMP(6)))
    FROM delivery_workers)";
struct Column {
    enum : std::size_t { kToken, kHasOurName, kHeartbeatAt, kSilence };
};

}  // namespace

void DeliveryWorkers::join() {
    constexpr std::string_view kJoin = R"(
        INSERT INTO delivery_workers (name, token, started_at, heartbeat_at)
        VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE
            token = VALUES(token), started_at = VALUES(started_at), heartbeat_at = VALUES(heartbeat_at))";
    connection_.execute(kJoin, {name_, token_});
    // Workers that were killed and have not come back under their name.
    connection_.execute(
        "DELETE FROM delivery_workers WHERE heartbeat_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
}

std::optional<Heartbeat> DeliveryWorkers::heartbeat(std::chrono::milliseconds dead_after) {
    send_heartbeat();
    const Rows rows = connection_.query(kSelectWorkers, {name_});
    const Clock::time_point now = Clock::now();
    Heartbeat heartbeat;
    std::map<model::Id, LastHeartbeat> latest;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const model::Id token = rows.number(row, Column::kToken);
        const bool ours = rows.flag(row, Column::kHasOurName);
        if (ours && token != token_) return std::nullopt;
        const auto time = [&](std::size_t column) {
            return std::chrono::microseconds(static_cast<std::int64_t>(rows.number(row, column)));
        };
        const LastHeartbeat last = heartbeat_of(
            token, {.heartbeat_at = time(Column::kHeartbeatAt), .seen = now}, time(Column::kSilence));
        if (ours) heartbeat.clock_went_ahead = went_ahead(last);
        if (ours || now - last.seen < dead_after) heartbeat.alive.push_back(token);
        latest.emplace(token, last);
    }
    heartbeats_ = std::move(latest);
    return heartbeat;
}

void DeliveryWorkers::send_heartbeat() {
    const std::uint64_t updated = connection_.execute(
        "UPDATE delivery_workers SET heartbeat_at = UTC_TIMESTAMP(6) WHERE name = ? AND token = ?",
        {name_, token_});
    if (updated != 0) return;
    // Another process has the name, or one that joined after a step of the clock removed our row.
    constexpr std::string_view kJoinAgain = R"(
        INSERT IGNORE INTO delivery_workers (name, token, started_at, heartbeat_at)
        VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)))";
    connection_.execute(kJoinAgain, {name_, token_});
}

// Returns the updated record of a worker. silence: by the database's clock, which counts only for a worker
// that is seen for the first time.
DeliveryWorkers::LastHeartbeat DeliveryWorkers::heartbeat_of(model::Id token, LastHeartbeat now,
                                                             std::chrono::microseconds silence) const {
    const auto former = heartbeats_.find(token);
    if (former == heartbeats_.end()) {
        now.seen -= std::min(silence, kLongSilence);
        return now;
    }
    return former->second.heartbeat_at == now.heartbeat_at ? former->second : now;
}

bool DeliveryWorkers::went_ahead(const LastHeartbeat& ours) const {
    const auto former = heartbeats_.find(token_);
    if (former == heartbeats_.end()) return false;
    return ours.heartbeat_at - former->second.heartbeat_at > ours.seen - former->second.seen + kStep;
}

void DeliveryWorkers::leave() {
    connection_.execute("DELETE FROM delivery_workers WHERE name = ? AND token = ?", {name_, token_});
}

}  // namespace db
