// Webhooks that start afresh (sql/deliveries/delivery_store.hpp), and their deliveries that still wait for a
// later try.
//
// Every worker looks for them at the interval of the poll, whoever was responsible for them until then. It
// looks back further than that, for transactions that take long to commit, so it finds each several times.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "delivery/scan/webhook_admission.hpp"
#include "sql/deliveries/due_queue.hpp"

namespace delivery {

class FreshStarts {
  public:
    using Time = Clock::time_point;

    FreshStarts(std::chrono::milliseconds interval, Time now) : interval_(interval), looked_at_(now) {}

    // Looks for new ones, if it is time, and makes a part of the deliveries of one of them due.
    void step(db::DueQueue& queue, WebhookAdmission& admission, Time now);
    // Whether there are deliveries still to be made due.
    [[nodiscard]] bool has_more() const { return !to_make_due_.empty(); }
    [[nodiscard]] Time next_look() const { return looked_at_ + interval_; }

  private:
    void look(db::DueQueue& queue, WebhookAdmission& admission, Time now);
    void make_due(db::DueQueue& queue);

    const std::chrono::milliseconds interval_;
    Time looked_at_;
    std::map<model::Id, db::Generation> found_;  // at the last look
    std::vector<model::Id> to_make_due_;         // webhooks with deliveries that may still wait
};

}  // namespace delivery
