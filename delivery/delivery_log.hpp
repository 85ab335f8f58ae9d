// Writes the daemon's log: a line for each event, and once a minute a line with numbers. The log has no
// secrets, bodies or URLs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/log.hpp"
#include "delivery/http/outcome.hpp"
#include "delivery/schedule/retry_policy.hpp"

namespace delivery {

struct Gauges {
    std::size_t in_flight = 0;
    std::size_t prefetched = 0;  // claimed, to follow the requests in flight
    std::size_t queues = 0;
    std::size_t waiting = 0;  // in memory
    std::size_t workers = 0;
    std::optional<std::chrono::microseconds> oldest_due;
};

class DeliveryLog {
  public:
    explicit DeliveryLog(const base::Log& log) : log_(log) {}

    void note(base::Log::Level level, std::string_view event, std::string_view detail = {}) const;
    void attempt(const db::DeliveryKey& key, const Outcome& outcome, const RetryDecision& decision);
    void disabled_webhook(const db::DisabledWebhook& webhook) const;
    void failed_disabled(const db::DeliveryKey& key);
    void removed(const db::DeliveryKey& key) const;
    void unreadable(const db::DeliveryKey& key) const;
    void put_off(const db::DeliveryKey& key, std::string_view reason) const;
    void outdated(const db::DeliveryKey& key) const;
    void unsent() { ++counts_.given_back; }
    void lost_leases(std::size_t count);
    // Writes the line of the minute: the counts since the last one, and the gauges.
    void report(const Gauges& gauges);

  private:
    void unanswered(const db::DeliveryKey& key, const Unanswered& request) const;
    void one(base::Log::Level level, std::string_view event, const db::DeliveryKey& key) const;

    struct Counts {
        std::uint64_t succeeded = 0;
        std::uint64_t rescheduled = 0;
        std::uint64_t failed = 0;
        std::uint64_t given_back = 0;
        std::uint64_t lost_leases = 0;
    };

    const base::Log& log_;
    Counts counts_;
};

}  // namespace delivery
