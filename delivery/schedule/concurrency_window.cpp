#include "delivery/schedule/concurrency_window.hpp"

#include <algorithm>

namespace delivery {

void ConcurrencyWindow::finish(Feedback feedback, Clock::time_point started, Clock::time_point now,
                               Clock::duration pause) {
    --in_flight_;
    switch (feedback) {
        case Feedback::kSuccess:
            failures_ = 0;
            healthy_ = true;
            size_ = std::min(most_, size_ + 1);
            return;
        case Feedback::kFailure:
            count_failure(started, now);
            if (failures_ >= kFailuresInARow) size_ = 1;
            return;
        case Feedback::kSlow:
            count_failure(started, now);
            size_ = 1;
            throttled_until_ = std::max(
                throttled_until_,
                now +
                    std::max<Clock::duration>(
                        pause, std::min(kFirstPause * (1U << std::min(failures_ - 1, 10U)), kLongestPause)));
            return;
        case Feedback::kNone:
            return;
    }
}

void ConcurrencyWindow::start_afresh() {
    const unsigned in_flight = in_flight_;
    *this = ConcurrencyWindow(most_);
    in_flight_ = in_flight;
}

void ConcurrencyWindow::count_failure(Clock::time_point started, Clock::time_point now) {
    healthy_ = false;
    if (failures_ != 0 && started < last_failure_) return;
    ++failures_;
    last_failure_ = now;
}

}  // namespace delivery
