#include "delivery/schedule/gate.hpp"

#include <algorithm>

namespace delivery {

void Gate::finish(Signal signal, Clock::time_point started, Clock::time_point now, Clock::duration hold) {
    --in_flight_;
    switch (signal) {
        case Signal::kSuccess:
            failures_ = 0;
            proven_ = true;
            window_ = std::min(most_, window_ + 1);
            return;
        case Signal::kFailure:
            count_failure(started, now);
            if (failures_ >= kFailuresInARow) window_ = 1;
            return;
        case Signal::kSlow:
            count_failure(started, now);
            window_ = 1;
            held_until_ = std::max(
                held_until_,
                now + std::max<Clock::duration>(
                          hold, std::min(kFirstHold * (1U << std::min(failures_ - 1, 10U)), kLongestHold)));
            return;
        case Signal::kNone:
            return;
    }
}

void Gate::start_afresh() {
    const unsigned in_flight = in_flight_;
    *this = Gate(most_);
    in_flight_ = in_flight;
}

void Gate::count_failure(Clock::time_point started, Clock::time_point now) {
    proven_ = false;
    if (failures_ != 0 && started < last_failure_) return;
    ++failures_;
    last_failure_ = now;
}

}  // namespace delivery
