// Finds webhooks that start afresh (sql/deliveries/delivery_store.hpp), and makes their deliveries due that
// wait for a later try.
//
// Every worker looks for them at every poll, because another worker may have had the webhook before. It looks
// back further than the last poll, because transactions may take long to commit, so it finds each webhook
// several times.
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

    // Looks for new ones if it is time, and makes a part of one webhook's deliveries due. Throws db::Error.
    void step(db::DueQueue& queue, WebhookAdmission& admission, Time now);
    // Whether some deliveries must still be made due.
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
