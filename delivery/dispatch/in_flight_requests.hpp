// The requests that were handed to the sender thread, with the data that their outcomes need.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "delivery/http/outcome.hpp"
#include "delivery/schedule/concurrency_window.hpp"
#include "delivery/schedule/retry_policy.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

class InFlightRequests {
  public:
    using Time = Clock::time_point;

    // Adds a request for this delivery and returns its tag.
    [[nodiscard]] std::uint64_t add(const db::ClaimedDelivery& claim, Time now);
    // Removes the request that ended with this outcome and returns its data. REQUIRES: its tag came from
    // add().
    [[nodiscard]] Sent take(const Outcome& outcome, Time now);
    // Removes a request that was not sent and returns its delivery. REQUIRES: its tag came from add().
    [[nodiscard]] db::DeliveryKey take_unsent(std::uint64_t tag);

    [[nodiscard]] std::size_t size() const { return requests_.size(); }
    [[nodiscard]] bool empty() const { return requests_.empty(); }

  private:
    struct Request {
        db::DeliveryKey key;
        db::Generation generation = 0;
        model::Id attempt_id = 0;
        std::int32_t retries = 0;
        std::optional<std::chrono::microseconds> since_first_try;  // at the time of the claim
        Time claimed{};
    };

    std::unordered_map<std::uint64_t, Request> requests_;  // by tag
    std::uint64_t next_tag_ = 1;
};

}  // namespace delivery
