// The steps of the dispatcher's shutdown: a request to stop, some time for the requests in flight, their
// cut-off when that time is over, and five more seconds to record their outcomes.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/base/descriptors.hpp"
#include "delivery/schedule/concurrency_window.hpp"

namespace delivery {

class Shutdown {
  public:
    using Time = Clock::time_point;

    // May be called by any thread.
    void request() const { requested_.raise(); }
    // Readable once requested. -1, which poll(2) ignores, once the shutdown has begun.
    [[nodiscard]] int descriptor() const { return cut_off_at_ ? -1 : requested_.descriptor(); }

    void begin(Time cut_off_at) { cut_off_at_ = cut_off_at; }
    [[nodiscard]] bool has_begun() const { return cut_off_at_.has_value(); }
    // Whether to cut off the requests in flight. Returns true once.
    [[nodiscard]] bool take_cut_off(Time now) {
        if (is_cut_off_ || !cut_off_at_ || now < *cut_off_at_) return false;
        return is_cut_off_ = true;
    }
    [[nodiscard]] bool is_overdue(Time now) const { return cut_off_at_ && now >= *cut_off_at_ + kGrace; }
    // The time of the next step.
    [[nodiscard]] Time next_change() const {
        if (!cut_off_at_) return Time::max();
        return is_cut_off_ ? *cut_off_at_ + kGrace : *cut_off_at_;
    }

  private:
    static constexpr std::chrono::seconds kGrace{5};

    base::EventDescriptor requested_;
    std::optional<Time> cut_off_at_;
    bool is_cut_off_ = false;
};

}  // namespace delivery
