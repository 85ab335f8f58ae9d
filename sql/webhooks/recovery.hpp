// Schedules a webhook's failed deliveries anew, those of the oldest events first.
//
// A call works in batches, each in a transaction of its own that locks the webhook, so a deletion comes before a batch or
// after it. A call that fails between two batches has scheduled what it has scheduled; the next call finds the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// Deliveries of a batch. The webhook is locked as long as a batch takes, and fan-outs wait for that.
inline constexpr std::uint64_t kRecoveryBatch = 500;
// Deliveries of a call.
inline constexpr std::uint64_t kMostRecovered = 10'000;

class Recovery {
  public:
    using Clock = std::chrono::steady_clock;

    // For events that occurred at `since` or later and before `until`; now if that is absent.
    Recovery(const model::Time& since, const std::optional<model::Time>& until);

    // Begins no batch after last_begin, but for the first one. Returns false if the owner has no such webhook. After an
    // error it may be called again, and goes on with the batch that failed; a batch that was committed nevertheless counts
    // once. Throws Error.
    bool run(Connection& connection, const model::Owner& owner, model::Id webhook,
             Clock::time_point last_begin);

    [[nodiscard]] std::uint64_t scheduled() const { return scheduled_; }
    // Whether there may be more than run() has scheduled.
    [[nodiscard]] bool has_more() const { return has_more_; }

  private:
    // In the order of the index deliveries_history.
    struct Place {
        std::string occurred_at;  // in the database's format
        model::Id event_id = 0;
    };

    void read_batch(Connection& connection, model::Id webhook);
    [[nodiscard]] bool schedule_batch(Connection& connection, const model::Owner& owner, model::Id webhook);

    Place behind_;
    const std::optional<std::string> until_;
    std::uint64_t left_ = kMostRecovered;  // to be looked at
    std::vector<model::Id> batch_;         // events whose deliveries are not scheduled yet
    std::uint64_t tried_ = 0;              // of the batch, by a try whose outcome is unknown
    bool is_fresh_ = false;                // the webhook has started afresh
    bool has_more_ = true;
    std::uint64_t scheduled_ = 0;
};

}  // namespace db
