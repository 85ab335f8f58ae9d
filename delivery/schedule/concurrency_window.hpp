// How much one receiver (a webhook, or a host that several webhooks share) is sent at once, and when nothing.
//
// A window has a window: as many requests may be in flight. It begins at a few, grows by one with each success,
// which doubles it with every round of answers, and never exceeds the limit. A receiver that is slow (429,
// 502, 503, 504, no answer in time, none at all) is let alone for a while that doubles with each further such
// outcome, and then probed by one request at a time until it succeeds; then the window grows again from one.
// Other failures are answers: several in a row narrow the window to one, but don't close the window.
//
// Outcomes of requests that were on their way together count as one.
#pragma once

#include <chrono>

namespace delivery {

using Clock = std::chrono::steady_clock;

enum class Feedback {
    kSuccess,
    kFailure,  // it answered, but not with a success
    kSlow,     // it asks for patience, or doesn't answer
    kNone,     // says nothing about the receiver
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
    // It has succeeded, and not failed since.
    [[nodiscard]] bool is_healthy() const { return healthy_; }
    [[nodiscard]] bool failing() const { return failures_ != 0; }

    // What is known from an earlier life of the receiver that has had no request in this one: that its last
    // outcome was a success, or none. One that failed is probed first.
    void recall_success() { healthy_ = !failing(); }
    void recall_failure() { failures_ = size_ = 1; }

    void start() { ++in_flight_; }
    // started: when the request was. hold: for how long the receiver asks to be let alone at least.
    void finish(Feedback feedback, Clock::time_point started, Clock::time_point now,
                Clock::duration pause = {});
    // As if it were new, but for what is in flight.
    void start_afresh();
    // It is let alone no longer.
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
