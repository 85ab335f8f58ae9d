// Finds due deliveries and offers them to the scheduler.
//
// Three scans read the index of next tries, a page at a time between the dispatcher's other work:
//
//   recent   begins where the last one began, less a short overlap for transactions that commit out of order.
//            Runs after every wakeup and at every poll. So each delivery is read about once, however many
//            wait.
//   long     the same with a long overlap, once a second. Finds the deliveries of long transactions.
//   full     reads everything: at the start, when workers come or go, and once a minute. Finds what the other
//            scans miss, for example the deliveries that a dead worker had claimed.
//
// Scans rest in proportion to the time that they take, so more wakeups under load don't cause more work. A
// burst that takes long to read is left to a scan of its own, so newer deliveries don't wait for its end.
//
// The scanner also looks for webhooks that start afresh (fresh_starts.hpp), and runs the scheduler's refills.
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

    // clock: the time; tests provide their own.
    DueScanner(Scheduler& scheduler, WebhookAdmission& admission, std::chrono::milliseconds poll_interval,
               std::function<Time()> clock = Clock::now);

    // The database connection is new: all scans start again.
    void start(Time now);
    // There may be new due deliveries.
    void wake_up() { is_awake_ = true; }
    [[nodiscard]] bool is_awake() const { return is_awake_; }
    // Requests a full scan, because deliveries may be due that the other scans have missed.
    void scan_everything() { full_is_wanted_ = true; }
    // Requests a full scan, and restarts one under way, because webhooks that it has passed over may be ours
    // by now.
    void restart_full_scan();

    // Does a part of each scan that is under way or due. Returns whether there is more to do at once. Throws
    // db::Error.
    [[nodiscard]] bool scan(db::DueQueue& queue, Time now);
    // When to call scan(), unless a wakeup comes before.
    [[nodiscard]] Time next_scan() const;

  private:
    // A scan that is under way, or the last one of its kind.
    struct Sweep {
        std::optional<db::DuePosition> position;  // where it goes on; nullopt if it has ended
        db::DuePosition end;                      // of the last page
        std::size_t rows = 0;
        Time begun{};
        Clock::duration spent{};  // reading pages
        Time next{};              // when it may go on
    };

    void begin(db::DueQueue& queue, Sweep& sweep, Time now, std::optional<Clock::duration> ago);
    [[nodiscard]] bool read_page(db::DueQueue& queue, Sweep& sweep, Time now, std::size_t page);
    [[nodiscard]] bool read_pages(db::DueQueue& queue, Sweep& sweep, Time now);
    void scan_recent(db::DueQueue& queue, Time now);
    void leave_burst_behind(Time now);
    void scan_behind(db::DueQueue& queue, Time now);
    void read_behind(db::DueQueue& queue, Sweep& sweep, Time now, int rest, Clock::duration shortest_rest);
    [[nodiscard]] bool refill(db::DueQueue& queue);
    void refill_by_time(db::DueQueue& queue, const std::vector<db::DueOf>& wanted);
    void refill_in_order(db::DueQueue& queue, const std::vector<db::DueOf>& wanted);

    Scheduler& scheduler_;
    WebhookAdmission& admission_;
    const std::chrono::milliseconds poll_interval_;
    const std::function<Time()> clock_;
    FreshStarts fresh_starts_;
    Sweep recent_;
    bool recent_is_burst_ = false;  // the last one was a burst; after a wakeup the next one begins at its end
    Sweep burst_;                   // left behind by the recent scan
    Sweep long_;
    Sweep full_;
    bool is_awake_ = true;
    bool full_is_wanted_ = true;
};

}  // namespace delivery
