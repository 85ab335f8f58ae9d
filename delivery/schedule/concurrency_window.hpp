// The concurrency window of a receiver, which is a webhook or a host that several webhooks share: how many
// requests it may have in flight.
//
// Slow start: the window begins at a few requests and grows by one with each success, up to the limit, so it
// doubles with every round of answers. Throttle: a slow receiver (429, 502, 503, 504, no answer in time, or
// none at all) gets nothing for a pause, which doubles with each further slow outcome. Probe: after the pause
// it gets one request at a time until one succeeds, and the window grows again from one. Other failures are
// answers. Several in a row narrow the window to one, but don't throttle the receiver.
//
// Failures of requests that were in flight together count as one.
#pragma once

#include <chrono>

namespace delivery {

using Clock = std::chrono::steady_clock;

enum class Feedback {
    kSuccess,
    kFailure,  // an answer, but not a success
    kSlow,     // overload, or no answer
    kNone,     // the outcome says nothing about the receiver
};

class ConcurrencyWindow {
  public:
    static constexpr unsigned kFirstWindow = 4;
    static constexpr unsigned kFailuresInARow = 3;  // that narrow the window
    static constexpr std::chrono::seconds kFirstPause{1};
    static constexpr std::chrono::seconds kLongestPause{60};

    explicit ConcurrencyWindow(unsigned most, unsigned first_window = kFirstWindow)
        : most_(most), size_(most < first_window ? most : first_window) {}

    [[nodiscard]] bool has_room() const { return in_flight_ < size_; }
    [[nodiscard]] unsigned room() const { return has_room() ? size_ - in_flight_ : 0; }
    [[nodiscard]] bool is_throttled(Clock::time_point now) const { return now < throttled_until_; }
    [[nodiscard]] Clock::time_point throttled_until() const { return throttled_until_; }
    [[nodiscard]] unsigned in_flight() const { return in_flight_; }
    [[nodiscard]] unsigned size() const { return size_; }
    // The receiver's last outcome was a success.
    [[nodiscard]] bool is_healthy() const { return healthy_; }
    [[nodiscard]] bool failing() const { return failures_ != 0; }

    // Restore the health that was stored before the window was made. A success is ignored if the receiver has
    // failed since. A receiver that failed is probed first.
    void recall_success() { healthy_ = !failing(); }
    void recall_failure() { failures_ = size_ = 1; }

    void start() { ++in_flight_; }
    // started: when the request was sent. pause: the shortest throttle, as the receiver asked for it.
    void finish(Feedback feedback, Clock::time_point started, Clock::time_point now,
                Clock::duration pause = {});
    // Resets everything but the number of requests in flight.
    void start_afresh();
    // Ends the throttle.
    void open() { throttled_until_ = {}; }

  private:
    void count_failure(Clock::time_point started, Clock::time_point now);

    unsigned most_;
    unsigned size_;
    unsigned in_flight_ = 0;
    unsigned failures_ = 0;  // in a row
    bool healthy_ = false;
    Clock::time_point last_failure_{};
    Clock::time_point throttled_until_{};
};

}  // namespace delivery
