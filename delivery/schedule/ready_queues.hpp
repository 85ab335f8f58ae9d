// In which order lanes go on: those that may, in turn; and until when the others are held.
//
// Two queues have a turn after each other: the lanes that need some of the share of the unproven
// (scheduler.hpp), and all others. Both are fair (fair_queue.hpp).
//
// Pure.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "delivery/schedule/fairness/fair_queue.hpp"
#include "delivery/schedule/hosts.hpp"
#include "delivery/schedule/lane.hpp"

namespace delivery {

class ReadyQueues {
  public:
    using Time = Clock::time_point;

    // REQUIRES (both): it stands idle.
    void add(model::Id webhook, Lane& lane);
    void hold(model::Id webhook, Lane& lane, Time until);
    // It stands idle then, wherever it stood, at its host as well.
    void remove(model::Id webhook, Lane& lane);

    // The lane to look at, of an account that may have more. It still counts as ready.
    template <class May, class MayBeUnproven>
    [[nodiscard]] std::optional<model::Id> next(const May& may, const MayBeUnproven& may_be_unproven) {
        is_turn_of_unproven_ = !is_turn_of_unproven_;
        if (is_turn_of_unproven_) {
            if (const auto webhook = unproven_.pop(may_be_unproven)) return webhook;
        }
        if (const auto webhook = ready_.pop(may)) return webhook;
        return unproven_.pop(may_be_unproven);
    }
    // One that need not be held any longer. It still counts as held.
    [[nodiscard]] std::optional<model::Id> take_held(Time now);
    // When there is one again; Time::max() if none is held.
    [[nodiscard]] Time next_change() const { return held_.empty() ? Time::max() : held_.begin()->first; }

  private:
    FairQueue<Host> ready_;
    FairQueue<Host> unproven_;
    std::set<std::pair<Time, model::Id>> held_;
    bool is_turn_of_unproven_ = false;
};

}  // namespace delivery
