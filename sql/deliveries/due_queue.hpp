// The interface that finds due deliveries in the queue (delivery_queue.hpp) and the addresses of their
// webhooks. It exists so that its callers can be tested without a database. All functions throw Error.
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

    // Returns the due deliveries behind a position, in the order of their next try, at most `most`. Takes no
    // locks and reads only the index, so it finds leased deliveries as well.
    [[nodiscard]] virtual std::vector<DueDelivery> scan(const DuePosition& behind, std::size_t most) = 0;
    // The position from which a scan finds all deliveries that have become due within that time; all due
    // deliveries if it is absent.
    [[nodiscard]] virtual DuePosition position_before_now(std::optional<std::chrono::microseconds> ago) = 0;
    // The due deliveries of these webhooks, in the order of their next try.
    [[nodiscard]] virtual std::vector<DueDelivery> due_of(const std::vector<DueOf>& wanted) = 0;
    // The unfinished deliveries of these ordered webhooks, in the order of webhooks and then of events. Of a
    // webhook that is not ordered any more, or disabled, or deleted: those that are due.
    [[nodiscard]] virtual std::vector<UnfinishedDelivery> unfinished_of(const std::vector<DueOf>& wanted) = 0;
    // The addresses of these webhooks, including deleted ones.
    [[nodiscard]] virtual std::vector<WebhookAddress> addresses(const std::vector<model::Id>& webhooks) = 0;
    // Webhooks that have started afresh within that time.
    [[nodiscard]] virtual std::vector<FreshStart> fresh_starts(std::chrono::microseconds ago) = 0;
    // The part of start_afresh that is left to the daemon (delivery_store.hpp). Returns how many deliveries
    // it made due.
    virtual std::uint64_t make_waiting_due(model::Id webhook, std::uint64_t most) = 0;
};

}  // namespace db
