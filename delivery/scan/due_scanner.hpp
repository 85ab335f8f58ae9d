// Finds what is due, and offers it to the scheduler.
//
// Three scans go over the index of next tries, a page at a time between the dispatcher's other work:
//
//   recent   from where the last one began, less a short overlap for transactions that commit out of order;
//            after every wakeup, and at every poll. So each delivery is looked at about once, however many
//            are waiting.
//   long     the same with a long overlap, once a second: finds what was in a transaction that took long.
//   full     everything: at the start, when workers come or go, and now and then. Finds what the others
//            miss, such as what a worker had that died.
//
// Scans rest in proportion to the time that they take, so wakeups under load don't become more work. A burst
// that takes long to look at is left to a scan of its own, so what is new since doesn't wait for its end.
//
// It also looks for webhooks that start afresh (fresh_starts.hpp), and asks the queue for the deliveries that
// the scheduler wants of single webhooks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "delivery/scan/fresh_starts.hpp"
#include "delivery/scan/webhook_admission.hpp"
#include "delivery/schedule/scheduler.hpp"
#include "sql/deliveries/due_queue.hpp"

namespace delivery {

class DueScanner {
  public:
    using Time = Clock::time_point;

    // clock: the time, which tests may make up.
    DueScanner(Scheduler& scheduler, WebhookAdmission& admission, std::chrono::milliseconds poll_interval,
               std::function<Time()> clock = Clock::now);

    // There is a new connection to the database: all is looked at anew.
    void start(Time now);
    // Something new is due, as far as anybody knows.
    void wake_up() { is_awake_ = true; }
    [[nodiscard]] bool is_awake() const { return is_awake_; }
    // Something that the other scans have passed over may be due.
    void scan_everything() { full_is_wanted_ = true; }
    // What a full scan under way has passed over may be ours by now.
    void restart_full_scan();

    // A part of each scan that is under way, or should be. Whether there is more to do at once. Throws
    // db::Error.
    [[nodiscard]] bool scan(db::DueQueue& queue, Time now);
    // When to call it, unless something happens before.
    [[nodiscard]] Time next_scan() const;

  private:
    // A scan that is under way, or the last of its kind.
    struct Sweep {
        std::optional<db::DuePosition> position;  // that it has come to, while it is under way
        db::DuePosition end;                      // that it has come to, or has ended at
        std::size_t rows = 0;
        Time begun{};
        Clock::duration spent{};  // in it
        Time next{};              // not before
    };

    void begin(db::DueQueue& queue, Sweep& sweep, Time now, std::optional<Clock::duration> ago);
    [[nodiscard]] bool read_page(db::DueQueue& queue, Sweep& sweep, Time now, std::size_t page);
    [[nodiscard]] bool read_pages(db::DueQueue& queue, Sweep& sweep, Time now);
    void scan_recent(db::DueQueue& queue, Time now);
    void leave_burst_behind(Time now);
    void scan_behind(db::DueQueue& queue, Time now);
    void read_behind(db::DueQueue& queue, Sweep& sweep, Time now, int rest, Clock::duration shortest_rest);
    [[nodiscard]] bool refill(db::DueQueue& queue);

    Scheduler& scheduler_;
    WebhookAdmission& admission_;
    const std::chrono::milliseconds poll_interval_;
    const std::function<Time()> clock_;
    FreshStarts fresh_starts_;
    Sweep recent_;
    bool recent_is_burst_ = false;  // the last one; after a wakeup the next one begins where it has ended
    Sweep burst_;                   // that the recent scan has left behind
    Sweep long_;
    Sweep full_;
    bool is_awake_ = true;
    bool full_is_wanted_ = true;
};

}  // namespace delivery
