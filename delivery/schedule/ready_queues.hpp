// The order in which webhook queues go on, and the times until which the others are throttled.
//
// The queues that need a slot of the unhealthy (scheduler.hpp) and all the others take turns. Both groups are
// fair queues (fair_queue.hpp).
//
// Pure.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "delivery/schedule/fairness/fair_queue.hpp"
#include "delivery/schedule/hosts.hpp"
#include "delivery/schedule/webhook_queue.hpp"

namespace delivery {

class ReadyQueues {
  public:
    using Time = Clock::time_point;

    // REQUIRES (both): the queue is idle.
    void add(model::Id webhook, WebhookQueue& queue);
    void pause(model::Id webhook, WebhookQueue& queue, Time until);
    // Makes the queue idle from any state, and removes it from its host's waiting list.
    void remove(model::Id webhook, WebhookQueue& queue);

    // The next queue of an account that may have more. Its state is left to the caller.
    template <class May, class MayBeUnhealthy>
    [[nodiscard]] std::optional<model::Id> next(const May& may, const MayBeUnhealthy& may_be_unhealthy) {
        is_turn_of_unhealthy_ = !is_turn_of_unhealthy_;
        if (is_turn_of_unhealthy_) {
            if (const auto webhook = unhealthy_.pop(may_be_unhealthy)) return webhook;
        }
        if (const auto webhook = ready_.pop(may)) return webhook;
        return unhealthy_.pop(may_be_unhealthy);
    }
    // A queue whose throttle has ended, if there is one. Its state is left to the caller.
    [[nodiscard]] std::optional<model::Id> take_throttled(Time now);
    // When the next throttle ends; Time::max() if no queue is throttled.
    [[nodiscard]] Time next_change() const {
        return throttled_.empty() ? Time::max() : throttled_.begin()->first;
    }

  private:
    FairQueue<Host> ready_;
    FairQueue<Host> unhealthy_;
    std::set<std::pair<Time, model::Id>> throttled_;
    bool is_turn_of_unhealthy_ = false;
};

}  // namespace delivery
