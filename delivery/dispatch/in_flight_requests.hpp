// The requests that were handed to the sender, and what has to be known of each when its outcome comes.
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

    // The tag of the request that is made for this delivery.
    [[nodiscard]] std::uint64_t add(const db::ClaimedDelivery& claim, Time now);
    // What is known of the request that ended with this outcome. REQUIRES: its tag came from add().
    [[nodiscard]] Sent take(const Outcome& outcome, Time now);
    // The delivery of a request that was not made after all. REQUIRES: its tag came from add().
    [[nodiscard]] db::DeliveryKey take_unsent(std::uint64_t tag);

    [[nodiscard]] std::size_t size() const { return requests_.size(); }
    [[nodiscard]] bool empty() const { return requests_.empty(); }

  private:
    struct Request {
        db::DeliveryKey key;
        db::Generation generation = 0;
        model::Id attempt_id = 0;
        std::int32_t retries = 0;
        std::optional<std::chrono::microseconds> since_first_try;  // when it was claimed
        Time claimed{};
    };

    std::unordered_map<std::uint64_t, Request> requests_;  // by tag
    std::uint64_t next_tag_ = 1;
};

}  // namespace delivery
