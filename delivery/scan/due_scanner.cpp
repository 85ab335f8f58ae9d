#include "delivery/scan/due_scanner.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace delivery {
namespace {

// Rows of a page. Pages are small, so that new deliveries don't wait for long; those of the long and the full
// scan, which find little, are smaller.
constexpr std::size_t kPage = 500;
constexpr std::size_t kPageBehind = 200;
// A scan misses deliveries that were committed later than this after their due time. The next longer scan
// finds them.
constexpr std::chrono::milliseconds kOverlap{250};
constexpr std::chrono::seconds kLongOverlap{5};
// After that time a burst is left to its own scan, and a new recent scan begins.
constexpr std::chrono::milliseconds kLongBurst = 2 * kOverlap;
// The recent scan and a burst read pages for at most this time in a row.
constexpr std::chrono::milliseconds kLongestPages{5};
constexpr std::chrono::seconds kLongScanInterval{1};
constexpr std::chrono::seconds kFullScanInterval{60};
// Scans rest for a multiple of the time that they took. The long and the full scan also rest after each page,
// for kPageRest times its time.
constexpr int kRest = 3;
constexpr std::chrono::milliseconds kLongestRest{20};  // of the recent scan
constexpr int kLongScanRest = 20;
constexpr int kFullScanRest = 50;
constexpr int kPageRest = 2;
constexpr std::size_t kRefillsAtOnce = 16;

}  // namespace

DueScanner::DueScanner(Scheduler& scheduler, WebhookAdmission& admission,
                       std::chrono::milliseconds poll_interval, std::function<Time()> clock)
    : scheduler_(scheduler),
      admission_(admission),
      poll_interval_(poll_interval),
      clock_(std::move(clock)),
      fresh_starts_(poll_interval, clock_()) {}

void DueScanner::start(Time now) {
    recent_ = burst_ = long_ = full_ =
        Sweep{.position = std::nullopt, .end = {}, .rows = 0, .begun = now, .spent = {}, .next = now};
    full_is_wanted_ = true;
}

void DueScanner::restart_full_scan() {
    full_.position.reset();
    full_is_wanted_ = true;
}

DueScanner::Time DueScanner::next_scan() const {
    const Time behind = long_.position ? long_.next : std::min(long_.next, full_.next);
    const Time recent = is_awake_ ? recent_.next : recent_.next + poll_interval_;
    return std::min({fresh_starts_.next_look(), behind, recent});
}

bool DueScanner::scan(db::DueQueue& queue, Time now) {
    scan_recent(queue, now);
    // The deliveries of a burst must not wait for the long or the full scan.
    if (burst_.position) (void)read_pages(queue, burst_, now);
    if (admission_.has_room_again()) {
        admission_.forget_turned_away();
        full_is_wanted_ = true;
    }
    scan_behind(queue, now);
    fresh_starts_.step(queue, admission_, now);
    const bool more_to_refill = refill(queue);
    return more_to_refill || recent_.position || burst_.position || fresh_starts_.has_more();
}

void DueScanner::scan_recent(db::DueQueue& queue, Time now) {
    const bool is_polled = now >= std::max(recent_.next, recent_.begun + poll_interval_);
    const bool is_wanted = is_awake_ || is_polled;
    if (recent_.position && is_wanted && now - recent_.begun > kLongBurst) leave_burst_behind(now);
    if (!recent_.position && is_wanted && now >= recent_.next) {
        is_awake_ = false;
        if (recent_is_burst_ && !is_polled) {
            recent_.position = recent_.end;
            recent_.spent = {};
        } else {
            begin(queue, recent_, now, now - recent_.begun + kOverlap);
        }
    }
    if (!recent_.position || !read_pages(queue, recent_, now)) return;
    recent_is_burst_ = recent_.rows > kPage;
    recent_.next = clock_() + std::min<Clock::duration>(recent_.spent * kRest, kLongestRest);
}

// Deliveries that are newer than a burst must not wait for its end.
void DueScanner::leave_burst_behind(Time now) {
    if (!burst_.position || *recent_.position < *burst_.position) burst_.position = recent_.position;
    recent_.begun = recent_.next = now;
    recent_.position.reset();
    recent_is_burst_ = false;
}

// Reads a page of the long or the full scan, which find what the recent one misses.
void DueScanner::scan_behind(db::DueQueue& queue, Time now) {
    if (!long_.position && now >= long_.next) begin(queue, long_, now, now - long_.begun + kLongOverlap);
    if (!full_.position && (full_is_wanted_ || now >= full_.next)) {
        full_is_wanted_ = false;
        admission_.forget_others();
        begin(queue, full_, now, std::nullopt);
    }
    if (long_.position) {
        read_behind(queue, long_, now, kLongScanRest, kLongScanInterval);
    } else if (full_.position) {
        read_behind(queue, full_, now, kFullScanRest, kFullScanInterval);
    }
}

// After a page the scan rests; after the last page it rests in proportion to the whole scan.
void DueScanner::read_behind(db::DueQueue& queue, Sweep& sweep, Time now, int rest,
                             Clock::duration shortest_rest) {
    if (now < sweep.next) return;
    const Time begun = clock_();
    const bool has_ended = read_page(queue, sweep, now, kPageBehind);
    const Time end = clock_();
    sweep.next = end + (has_ended ? std::max(sweep.spent * rest, shortest_rest) : (end - begun) * kPageRest);
}

// ago: the scan reads what has become due since then, or everything if absent.
void DueScanner::begin(db::DueQueue& queue, Sweep& sweep, Time now, std::optional<Clock::duration> ago) {
    std::optional<std::chrono::microseconds> since;
    if (ago) since = std::chrono::duration_cast<std::chrono::microseconds>(*ago);
    sweep.position = queue.position_before_now(since);
    sweep.rows = 0;
    sweep.begun = sweep.next = now;
    sweep.spent = {};
}

// Returns whether the scan has ended.
bool DueScanner::read_pages(db::DueQueue& queue, Sweep& sweep, Time now) {
    const Time until = clock_() + kLongestPages;
    bool has_ended = false;
    while (!has_ended && clock_() < until) has_ended = read_page(queue, sweep, now, kPage);
    return has_ended;
}

// Returns whether it was the last page.
bool DueScanner::read_page(db::DueQueue& queue, Sweep& sweep, Time now, std::size_t page) {
    const Time begun = clock_();
    const std::vector<db::DueDelivery> due = queue.scan(*sweep.position, page);
    admission_.admit(queue, due, now);
    sweep.spent += clock_() - begun;
    sweep.rows += due.size();
    sweep.end = due.empty() ? *sweep.position : due.back();
    const bool has_ended = due.size() < page;
    if (has_ended) {
        sweep.position.reset();
    } else {
        sweep.position = sweep.end;
    }
    return has_ended;
}

// Runs the refills that the scheduler wants. Returns whether it may want more at once.
bool DueScanner::refill(db::DueQueue& queue) {
    const std::vector<db::DueOf> wanted = scheduler_.take_refills(kRefillsAtOnce, clock_());
    if (wanted.empty()) return false;
    std::vector<db::DueOf> by_time;
    std::vector<db::DueOf> in_order;
    for (const db::DueOf& one : wanted) (one.in_order ? in_order : by_time).push_back(one);
    try {
        if (!by_time.empty()) refill_by_time(queue, by_time);
        if (!in_order.empty()) refill_in_order(queue, in_order);
    } catch (...) {
        for (const db::DueOf& one : wanted) scheduler_.ask_again(one.webhook_id);
        throw;
    }
    return scheduler_.wants_refill();
}

void DueScanner::refill_by_time(db::DueQueue& queue, const std::vector<db::DueOf>& wanted) {
    std::unordered_map<model::Id, std::size_t> counts;
    std::unordered_map<model::Id, db::DuePosition> last;
    for (db::DueDelivery& one : queue.due_of(wanted)) {
        const model::Id webhook = one.key.webhook_id;
        admission_.offer(one.key);
        ++counts[webhook];
        last[webhook] = std::move(one);
    }
    for (const db::DueOf& one : wanted) {
        const bool is_all = counts[one.webhook_id] < one.most;
        scheduler_.refill(one, is_all ? std::nullopt : std::optional(last[one.webhook_id]));
    }
}

void DueScanner::refill_in_order(db::DueQueue& queue, const std::vector<db::DueOf>& wanted) {
    std::unordered_map<model::Id, std::size_t> counts;
    std::unordered_map<model::Id, std::vector<db::UnfinishedDelivery>> found;
    for (const db::UnfinishedDelivery& one : queue.unfinished_of(wanted)) {
        ++counts[one.key.webhook_id];
        if (admission_.is_recorded(one.key)) found[one.key.webhook_id].push_back(one);
    }
    for (const db::DueOf& one : wanted) {
        const bool is_all = counts[one.webhook_id] < one.most;
        scheduler_.refill_in_order(one, found[one.webhook_id], is_all, clock_());
    }
}

}  // namespace delivery
