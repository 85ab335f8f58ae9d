#include "sql/deliveries/delivery_workers.hpp"

#include <algorithm>

namespace db {
namespace {

// Longer than a statement takes, shorter than what the scans of the queue overlap by.
constexpr std::chrono::seconds kStep{3};
// A worker that was silent for so long is dead by any limit.
constexpr std::chrono::microseconds kLongSilence = std::chrono::days{1};

constexpr std::string_view kSelectWorkers = R"(
    SELECT token, name = ?,
        TIMESTAMPDIFF(MICROSECOND, '1970-01-01', beat_at),
        ABS(TIMESTAMPDIFF(MICROSECOND, beat_at, UTC_TIMESTAMP(6)))
    FROM delivery_workers)";
struct Column {
    enum : std::size_t { kToken, kHasOurName, kBeatAt, kSilence };
};

}  // namespace

void DeliveryWorkers::join() {
    constexpr std::string_view kJoin = R"(
        INSERT INTO delivery_workers (name, token, started_at, beat_at)
        VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE
            token = VALUES(token), started_at = VALUES(started_at), beat_at = VALUES(beat_at))";
    connection_.execute(kJoin, {name_, token_});
    // Workers that were killed and have not come back under their name.
    connection_.execute("DELETE FROM delivery_workers WHERE beat_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
}

std::optional<Beat> DeliveryWorkers::beat(std::chrono::milliseconds dead_after) {
    give_sign();
    const Rows rows = connection_.query(kSelectWorkers, {name_});
    const Clock::time_point now = Clock::now();
    Beat beat;
    std::map<model::Id, Sign> signs;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const model::Id token = rows.number(row, Column::kToken);
        const bool ours = rows.flag(row, Column::kHasOurName);
        if (ours && token != token_) return std::nullopt;
        const auto time = [&](std::size_t column) {
            return std::chrono::microseconds(static_cast<std::int64_t>(rows.number(row, column)));
        };
        const Sign sign =
            sign_of(token, {.beat_at = time(Column::kBeatAt), .seen = now}, time(Column::kSilence));
        if (ours) beat.clock_went_ahead = went_ahead(sign);
        if (ours || now - sign.seen < dead_after) beat.alive.push_back(token);
        signs.emplace(token, sign);
    }
    signs_ = std::move(signs);
    return beat;
}

void DeliveryWorkers::give_sign() {
    const std::uint64_t given = connection_.execute(
        "UPDATE delivery_workers SET beat_at = UTC_TIMESTAMP(6) WHERE name = ? AND token = ?",
        {name_, token_});
    if (given != 0) return;
    // Another process has the name, or one that joined after a step of the clock removed our row.
    constexpr std::string_view kJoinAgain = R"(
        INSERT IGNORE INTO delivery_workers (name, token, started_at, beat_at)
        VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)))";
    connection_.execute(kJoinAgain, {name_, token_});
}

// What is known of a worker now. silence: by the database's clock, which counts only for workers that are seen
// for the first time.
DeliveryWorkers::Sign DeliveryWorkers::sign_of(model::Id token, Sign now,
                                               std::chrono::microseconds silence) const {
    const auto former = signs_.find(token);
    if (former == signs_.end()) {
        now.seen -= std::min(silence, kLongSilence);
        return now;
    }
    return former->second.beat_at == now.beat_at ? former->second : now;
}

bool DeliveryWorkers::went_ahead(const Sign& ours) const {
    const auto former = signs_.find(token_);
    if (former == signs_.end()) return false;
    return ours.beat_at - former->second.beat_at > ours.seen - former->second.seen + kStep;
}

void DeliveryWorkers::leave() {
    connection_.execute("DELETE FROM delivery_workers WHERE name = ? AND token = ?", {name_, token_});
}

}  // namespace db
