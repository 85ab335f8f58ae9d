#include "delivery/scan/fresh_starts.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

// Each look goes back to the last one and this much further.
constexpr std::chrono::seconds kOverlap{5};
// If the database was away for longer, claims and full scans find what was missed.
constexpr std::chrono::hours kLongestAway{1};
constexpr std::size_t kDueAtOnce = 500;

}  // namespace

void FreshStarts::step(db::DueQueue& queue, WebhookAdmission& admission, Time now) {
    if (now >= next_look()) look(queue, admission, now);
    if (!to_make_due_.empty()) make_due(queue);
}

void FreshStarts::look(db::DueQueue& queue, WebhookAdmission& admission, Time now) {
    const Clock::duration ago = std::min<Clock::duration>(now - looked_at_, kLongestAway) + kOverlap;
    std::map<model::Id, db::Generation> found;
    std::vector<model::Id> fresh;
    for (const auto& [webhook, generation] :
         queue.fresh_starts(std::chrono::duration_cast<std::chrono::microseconds>(ago))) {
        const auto known = found_.find(webhook);
        if (known == found_.end() || known->second != generation) fresh.push_back(webhook);
        found.emplace(webhook, generation);
    }
    for (const db::WebhookAddress& webhook : queue.addresses(fresh)) {
        if (admission.start_afresh(webhook, now)) to_make_due_.push_back(webhook.webhook_id);
    }
    found_ = std::move(found);
    looked_at_ = now;
}

void FreshStarts::make_due(db::DueQueue& queue) {
    const model::Id webhook = to_make_due_.back();
    to_make_due_.pop_back();
    if (queue.make_waiting_due(webhook, kDueAtOnce) == kDueAtOnce) to_make_due_.push_back(webhook);
}

}  // namespace delivery
