// The writes to the queue of deliveries that the dispatcher still has to make: outcomes to record, unsent
// deliveries to give back, and deliveries to put off.
//
// Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

class PendingWrites {
  public:
    void record(db::FinishedDelivery outcome) { outcomes_.push_back(std::move(outcome)); }
    // The delivery was claimed, and was not sent as far as we know.
    void give_back(const db::DeliveryKey& key) { given_back_.push_back(key); }
    // The delivery can be neither recorded nor claimed.
    void put_off(const db::DeliveryKey& key) { put_off_.push_back(key); }

    // Whether there are neither outcomes nor deliveries to give back.
    [[nodiscard]] bool is_empty() const { return outcomes_.empty() && given_back_.empty(); }
    [[nodiscard]] std::size_t outcomes() const { return outcomes_.size(); }

    // Takes the first outcomes and the first deliveries to give back, as many as fit into one transaction.
    [[nodiscard]] db::ClaimBatch take(std::chrono::microseconds lease_time);
    // Takes a delivery to put off. That is tried once only; if it fails, the lease has to run out.
    [[nodiscard]] std::optional<db::DeliveryKey> take_put_off();

  private:
    std::vector<db::FinishedDelivery> outcomes_;
    std::vector<db::DeliveryKey> given_back_;
    std::vector<db::DeliveryKey> put_off_;
};

}  // namespace delivery
