// The dispatcher's part that finds what is due.
#include <algorithm>
#include <set>

#include "common/security/url.hpp"
#include "delivery/dispatcher.hpp"

namespace delivery {
namespace {

// Rows read at once. What is new must not be kept waiting for long, least of all by scans that find little.
constexpr std::size_t kPage = 500;
constexpr std::size_t kPageBehind = 200;
// Transactions that take longer than this from a delivery's time to their commit are found by the next scan.
constexpr std::chrono::milliseconds kOverlap{250};
constexpr std::chrono::seconds kLongOverlap{5};
// After that time a burst is old enough for a scan of what is new to begin behind it.
constexpr std::chrono::milliseconds kLongBurst = 2 * kOverlap;
// Pages of what is new that are read in a row.
constexpr std::chrono::milliseconds kLongestPages{5};
constexpr std::chrono::seconds kLongScanInterval{1};
constexpr std::chrono::seconds kFullScanInterval{60};
// What was missed while the database was away for longer, claims and full scans find.
constexpr std::chrono::hours kLongestAway{1};
// How long scans rest, in multiples of the time that they took: those of what is new, those with a long
// overlap, full ones, and a page of the latter two.
constexpr int kRest = 3;
constexpr std::chrono::milliseconds kLongestRest{20};  // of those of what is new
constexpr int kLongScanRest = 20;
constexpr int kFullScanRest = 50;
constexpr int kPageRest = 2;
constexpr std::size_t kMostKnownElsewhere = 50'000;  // webhooks that have no lane, and why
constexpr std::size_t kHungryAtOnce = 16;
constexpr std::size_t kDueAtOnce = 500;

void remember(std::unordered_set<model::Id>& webhooks, model::Id webhook) {
    if (webhooks.size() >= kMostKnownElsewhere) webhooks.clear();
    webhooks.insert(webhook);
}

}  // namespace

void Dispatcher::scan(Time now) {
    const bool polled = now >= std::max(recent_.next, recent_.begun + settings_.poll_interval);
    if (recent_.place && (nudged_ || polled) && now - recent_.begun > kLongBurst) leave_burst_behind(now);
    if (!recent_.place && now >= recent_.next && (nudged_ || polled)) {
        nudged_ = false;
        if (recent_burst_ && !polled) {
            recent_.place = recent_end_;
            recent_.spent = {};
        } else {
            begin(recent_, now, now - recent_.begun + kOverlap);
            recent_rows_ = 0;
        }
    }
    if (recent_.place) read_recent(now);
    if (burst_.place) read_burst(now);
    more_to_do_ = more_to_do_ || recent_.place || burst_.place;
    look_for_turned_away();
    scan_behind(now);
    look_for_fresh_starts(now);
    make_the_rest_due();
    feed_hungry();
}

void Dispatcher::read_recent(Time now) {
    const Time until = Clock::now() + kLongestPages;
    bool ended = false;
    while (!ended && Clock::now() < until) ended = sweep(recent_, now, kPage);
    if (!ended) return;
    recent_burst_ = recent_rows_ > kPage;
    recent_.next = Clock::now() + std::min<Clock::duration>(recent_.spent * kRest, kLongestRest);
}

// What is new since must not wait for the end of a burst.
void Dispatcher::leave_burst_behind(Time now) {
    if (!burst_.place || *recent_.place < *burst_.place) burst_.place = recent_.place;
    recent_.begun = recent_.next = now;
    recent_.place.reset();
    recent_burst_ = false;
}

// Nor must what came among it wait for long, least of all for the end of all that was due before.
void Dispatcher::read_burst(Time now) {
    const Time until = Clock::now() + kLongestPages;
    bool ended = false;
    while (!ended && Clock::now() < until) ended = sweep(burst_, now, kPage);
}

// Those that had no place in memory are found again by a full scan, at the latest once there is room.
void Dispatcher::look_for_turned_away() {
    if (turned_away_.empty() || scheduler_.lanes() > settings_.limits.lanes / 2) return;
    turned_away_.clear();
    rescan_ = true;
}

// A page of one of the scans that find what the first misses.
void Dispatcher::scan_behind(Time now) {
    if (!long_.place && now >= long_.next) begin(long_, now, now - long_.begun + kLongOverlap);
    if (!full_.place && (rescan_ || now >= full_.next)) {
        rescan_ = false;
        strangers_.clear();  // a webhook may lead to a host of ours by now
        turned_away_.clear();
        begin(full_, now, std::nullopt);
    }
    Sweep& sweep_now = long_.place ? long_ : full_;
    if (!sweep_now.place || now < sweep_now.next) return;
    const Time begun = Clock::now();
    const bool ended = sweep(sweep_now, now, kPageBehind);
    const Time end = Clock::now();
    if (!ended) {
        sweep_now.next = end + (end - begun) * kPageRest;
    } else if (&sweep_now == &long_) {
        long_.next = end + std::max<Clock::duration>(long_.spent * kLongScanRest, kLongScanInterval);
    } else {
        full_.next = end + std::max<Clock::duration>(full_.spent * kFullScanRest, kFullScanInterval);
    }
}

// ago: what has become due since then is looked at; nothing: everything.
void Dispatcher::begin(Sweep& sweep, Time now, std::optional<Clock::duration> ago) {
    std::optional<std::chrono::microseconds> since;
    if (ago) since = std::chrono::duration_cast<std::chrono::microseconds>(*ago);
    sweep.place = session_->queue.place_before_now(since);
    sweep.begun = sweep.next = now;
    sweep.spent = {};
}

// A page of it. Whether it was the last.
bool Dispatcher::sweep(Sweep& sweep, Time now, std::size_t page) {
    const Time begun = Clock::now();
    const std::vector<db::DueDelivery> due = session_->queue.scan(*sweep.place, page);
    admit(due, now);
    sweep.spent += Clock::now() - begun;
    if (&sweep == &recent_) {
        recent_rows_ += due.size();
        recent_end_ = due.empty() ? *sweep.place : due.back();
    }
    const bool ended = due.size() < page;
    if (ended) {
        sweep.place.reset();
    } else {
        sweep.place = due.back();
    }
    return ended;
}

void Dispatcher::admit(const std::vector<db::DueDelivery>& due, Time now) {
    std::set<model::Id> unknown;
    for (const db::DueDelivery& one : due) {
        const model::Id webhook = one.key.webhook_id;
        if (!scheduler_.knows(webhook) && !strangers_.contains(webhook) && !turned_away_.contains(webhook)) {
            unknown.insert(webhook);
        }
    }
    if (!unknown.empty()) add_lanes({unknown.begin(), unknown.end()}, now);
    for (const db::DueDelivery& one : due) offer(one.key);
}

void Dispatcher::offer(const db::DeliveryKey& key) {
    if (!scheduler_.knows(key.webhook_id) || strangers_.contains(key.webhook_id)) return;
    if (!unrecorded_.contains(key)) scheduler_.offer(key);
}

void Dispatcher::add_lanes(const std::vector<model::Id>& webhooks, Time now) {
    for (const db::WebhookAddress& webhook : session_->queue.addresses(webhooks)) {
        const std::string origin = security::origin_of(webhook.url);
        if (!roster_.owns(origin)) {
            leave_to_others(webhook.webhook_id);
        } else if (!scheduler_.add_webhook(webhook, origin, now)) {
            remember(turned_away_, webhook.webhook_id);
        }
    }
}

void Dispatcher::leave_to_others(model::Id webhook) {
    if (scheduler_.knows(webhook)) scheduler_.forget(webhook);
    remember(strangers_, webhook);
}

// The overlap is for transactions that take long to commit, so each is found several times.
void Dispatcher::look_for_fresh_starts(Time now) {
    if (now < fresh_looked_ + settings_.poll_interval) return;
    const Clock::duration ago = std::min<Clock::duration>(now - fresh_looked_, kLongestAway) + kLongOverlap;
    std::map<model::Id, db::Generation> found;
    std::vector<model::Id> news;
    for (const auto& [webhook, generation] :
         session_->queue.fresh_starts(std::chrono::duration_cast<std::chrono::microseconds>(ago))) {
        const auto known = fresh_starts_.find(webhook);
        if (known == fresh_starts_.end() || known->second != generation) news.push_back(webhook);
        found.emplace(webhook, generation);
    }
    for (const db::WebhookAddress& webhook : session_->queue.addresses(news)) adopt(webhook, now);
    fresh_starts_ = std::move(found);
    fresh_looked_ = now;
}

void Dispatcher::adopt(const db::WebhookAddress& webhook, Time now) {
    const model::Id id = webhook.webhook_id;
    const std::string origin = security::origin_of(webhook.url);
    if (!roster_.owns(origin)) return leave_to_others(id);
    strangers_.erase(id);
    to_make_due_.push_back(id);
    if (scheduler_.add_webhook(webhook, origin, now)) {
        scheduler_.start_afresh(id, origin, webhook.generation);
    } else {
        remember(turned_away_, id);
    }
}

// A part of those of one of them.
void Dispatcher::make_the_rest_due() {
    if (to_make_due_.empty()) return;
    const model::Id webhook = to_make_due_.back();
    to_make_due_.pop_back();
    if (session_->queue.make_waiting_due(webhook, kDueAtOnce) == kDueAtOnce) to_make_due_.push_back(webhook);
    more_to_do_ = more_to_do_ || !to_make_due_.empty();
}

void Dispatcher::feed_hungry() {
    const std::vector<db::DueOf> hungry = scheduler_.take_hungry(kHungryAtOnce, Clock::now());
    if (hungry.empty()) return;
    std::unordered_map<model::Id, std::size_t> counts;
    std::unordered_map<model::Id, db::DuePlace> last;
    try {
        for (db::DueDelivery& one : session_->queue.due_of(hungry)) {
            const model::Id webhook = one.key.webhook_id;
            offer(one.key);
            ++counts[webhook];
            last[webhook] = std::move(one);
        }
    } catch (const db::Error&) {
        for (const db::DueOf& one : hungry) scheduler_.ask_again(one.webhook_id);
        throw;
    }
    for (const db::DueOf& one : hungry) {
        const bool is_all = counts[one.webhook_id] < one.most;
        scheduler_.answer_hunger(one, is_all ? std::nullopt : std::optional(last[one.webhook_id]));
    }
    more_to_do_ = more_to_do_ || hungry.size() == kHungryAtOnce;
}

}  // namespace delivery
