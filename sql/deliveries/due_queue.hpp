// What is due in the queue of deliveries (delivery_queue.hpp), and where it goes. An interface, so that what
// looks for due deliveries can be tested without a database. All throw Error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sql/deliveries/delivery_records.hpp"

namespace db {

class DueQueue {
  public:
    DueQueue() = default;
    DueQueue(const DueQueue&) = delete;
    DueQueue& operator=(const DueQueue&) = delete;
    virtual ~DueQueue() = default;

    // Deliveries that are due, in the order of their next try, from behind a position on, at most `most`. Takes
    // no locks and reads the index alone, so it finds leased deliveries as well.
    [[nodiscard]] virtual std::vector<DueDelivery> scan(const DuePosition& behind, std::size_t most) = 0;
    // The place from which a scan finds all that has become due within that time; all that is due if absent.
    [[nodiscard]] virtual DuePosition position_before_now(std::optional<std::chrono::microseconds> ago) = 0;
    // What is due of these webhooks, each one's in the order of their next try.
    [[nodiscard]] virtual std::vector<DueDelivery> due_of(const std::vector<DueOf>& wanted) = 0;
    // Where these webhooks' deliveries go; deleted webhooks included.
    [[nodiscard]] virtual std::vector<WebhookAddress> addresses(const std::vector<model::Id>& webhooks) = 0;
    // Webhooks that have started afresh within that time.
    [[nodiscard]] virtual std::vector<FreshStart> fresh_starts(std::chrono::microseconds ago) = 0;
    // See delivery_store.hpp: what start_afresh left to the daemon. Returns how many deliveries it made due.
    virtual std::uint64_t make_waiting_due(model::Id webhook, std::uint64_t most) = 0;
};

}  // namespace db
