// What the dispatcher has to write to the queue of deliveries: outcomes to record, deliveries to give back
// because they were not sent, and some to put off.
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
    // It was claimed, and has not been sent, or not as far as we know.
    void give_back(const db::DeliveryKey& key) { given_back_.push_back(key); }
    // It can be neither recorded nor claimed.
    void put_off(const db::DeliveryKey& key) { put_off_.push_back(key); }

    // Whether there are neither outcomes nor deliveries to give back.
    [[nodiscard]] bool is_empty() const { return outcomes_.empty() && given_back_.empty(); }
    [[nodiscard]] std::size_t outcomes() const { return outcomes_.size(); }

    // The first of the outcomes and of those to give back, as many as go into one transaction.
    [[nodiscard]] db::ClaimBatch take(std::chrono::microseconds lease_time);
    // One of those to put off. It is tried once: where that fails, its lease has to run out.
    [[nodiscard]] std::optional<db::DeliveryKey> take_put_off();

  private:
    std::vector<db::FinishedDelivery> outcomes_;
    std::vector<db::DeliveryKey> given_back_;
    std::vector<db::DeliveryKey> put_off_;
};

}  // namespace delivery
