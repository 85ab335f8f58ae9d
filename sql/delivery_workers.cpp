#include "sql/delivery_workers.hpp"

namespace db {

void DeliveryWorkers::join() {
    connection_.execute(
        "INSERT INTO delivery_workers (name, token, started_at, beat_at)"
        " VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
        " ON DUPLICATE KEY UPDATE token = VALUES(token), started_at = VALUES(started_at), beat_at = "
        "VALUES(beat_at)",
        {name_, token_});
    // Those who were killed and have not come back under their name.
    connection_.execute("DELETE FROM delivery_workers WHERE beat_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
}

std::optional<std::vector<Id>> DeliveryWorkers::beat(std::chrono::milliseconds dead_after) {
    const std::uint64_t beaten = connection_.execute(
        "UPDATE delivery_workers SET beat_at = UTC_TIMESTAMP(6) WHERE name = ? AND token = ?",
        {name_, token_});
    if (beaten == 0) return std::nullopt;
    const Rows rows = connection_.query(
        "SELECT token FROM delivery_workers WHERE beat_at > UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND",
        {static_cast<std::uint64_t>(std::chrono::microseconds(dead_after).count())});
    std::vector<Id> tokens;
    for (std::size_t row = 0; row < rows.size(); ++row) tokens.push_back(rows.number(row, 0));
    return tokens;
}

void DeliveryWorkers::leave() {
    connection_.execute("DELETE FROM delivery_workers WHERE name = ? AND token = ?", {name_, token_});
}

}  // namespace db
