// How the dispatcher ends: it is told to, gives the requests in flight some time, cuts them off when that is
// over, and has a little more to record what came of them.
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

    // Any thread.
    void request() const { requested_.raise(); }
    // To poll for reading; -1, which poll(2) ignores, once it has begun.
    [[nodiscard]] int descriptor() const { return cut_off_at_ ? -1 : requested_.descriptor(); }

    void begin(Time cut_off_at) { cut_off_at_ = cut_off_at; }
    [[nodiscard]] bool has_begun() const { return cut_off_at_.has_value(); }
    // Whether to cut off the requests in flight: true once.
    [[nodiscard]] bool take_cut_off(Time now) {
        if (is_cut_off_ || !cut_off_at_ || now < *cut_off_at_) return false;
        return is_cut_off_ = true;
    }
    [[nodiscard]] bool is_overdue(Time now) const { return cut_off_at_ && now >= *cut_off_at_ + kGrace; }
    // When one of these comes next.
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
