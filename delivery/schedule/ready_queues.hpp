// In which order queues go on: those that may, in turn; and until when the others are held.
//
// Two queues have a batch after each other: the queues that need some of the share of the unhealthy
// (scheduler.hpp), and all others. Both are fair (fair_queue.hpp).
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

    // REQUIRES (both): it stands idle.
    void add(model::Id webhook, WebhookQueue& queue);
    void pause(model::Id webhook, WebhookQueue& queue, Time until);
    // It stands idle then, wherever it stood, at its host as well.
    void remove(model::Id webhook, WebhookQueue& queue);

    // The queue to look at, of an account that may have more. It still counts as ready.
    template <class May, class MayBeUnproven>
    [[nodiscard]] std::optional<model::Id> next(const May& may, const MayBeUnproven& may_be_unhealthy) {
        is_turn_of_unproven_ = !is_turn_of_unproven_;
        if (is_turn_of_unproven_) {
            if (const auto webhook = unhealthy_.pop(may_be_unhealthy)) return webhook;
        }
        if (const auto webhook = ready_.pop(may)) return webhook;
        return unhealthy_.pop(may_be_unhealthy);
    }
    // One that need not be held any longer. It still counts as held.
    [[nodiscard]] std::optional<model::Id> take_throttled(Time now);
    // When there is one again; Time::max() if none is held.
    [[nodiscard]] Time next_change() const {
        return throttled_.empty() ? Time::max() : throttled_.begin()->first;
    }

  private:
    FairQueue<Host> ready_;
    FairQueue<Host> unhealthy_;
    std::set<std::pair<Time, model::Id>> throttled_;
    bool is_turn_of_unproven_ = false;
};

}  // namespace delivery
