// The part of the dispatcher that claims, sends and records.
#include <algorithm>
#include <utility>

#include "common/security/url.hpp"
#include "delivery/dispatch/dispatcher.hpp"

namespace delivery {
namespace {

constexpr std::size_t kMostClaims = 512;  // in a batch

}  // namespace

void Dispatcher::run_batches(Time now) {
    while (const auto key = pending_.take_put_off()) session_.queue().put_off(*key);
    if (!prepare_batch(now)) return;
    try {
        record_and_claim(Clock::now());
    } catch (const db::Error& error) {
        if (!batches_.is_to_blame(error)) throw;
        divide_batch(error);
        if (error.ends_connection()) throw;
    }
    has_more_to_do_ = has_more_to_do_ || pending_.outcomes() != 0 || !batches_.empty();
}

// A batch claims only if it records all pending outcomes, because a delivery that is done must not look due
// to the claim.
bool Dispatcher::prepare_batch(Time now) {
    if (!batches_.empty()) return true;
    db::ClaimBatch batch = pending_.take(lease_time());
    const bool may_claim = !shutdown_.has_begun() && now >= paused_until_ && pending_.is_empty();
    if (may_claim) batch.wanted = scheduler_.pick(now, kMostClaims);
    has_more_to_do_ = has_more_to_do_ || batch.wanted.size() == kMostClaims;
    if (batch.finished.empty() && batch.given_back.empty() && batch.wanted.empty()) return false;
    if (!batch.finished.empty()) failpoint_.pass(Failpoint::kBeforeRecord);
    if (!batch.wanted.empty()) failpoint_.pass(Failpoint::kBeforeClaim);
    batches_.add(std::move(batch));
    return true;
}

void Dispatcher::record_and_claim(Time begun) {
    const db::ClaimBatch& batch = batches_.first();
    db::ClaimBatchOutcome outcome = session_.queue().record_and_claim(batch);
    if (!batch.finished.empty()) failpoint_.pass(Failpoint::kAfterRecord);
    if (outcome.recorded < batch.finished.size()) {
        // Another worker has claimed them, or they were scheduled again meanwhile.
        delivery_log_.lost_leases(batch.finished.size() - outcome.recorded);
        scanner_.scan_everything();
    }
    for (const db::FinishedDelivery& one : batch.finished) admission_.record(one.key);
    batches_.remove_first();
    apply(std::move(outcome), begun);
}

void Dispatcher::divide_batch(const db::Error& reason) {
    delivery_log_.note(base::Log::Level::kWarning, "batch_divided", reason.what());
    if (const auto alone = batches_.divide_first()) set_aside(*alone, reason);
}

// Puts off deliveries that can be neither recorded nor claimed. Those to give back are left to their leases.
void Dispatcher::set_aside(const db::ClaimBatch& batch, const db::Error& reason) {
    const auto put_off = [&](const db::DeliveryKey& key) {
        delivery_log_.put_off(key, reason.what());
        pending_.put_off(key);
    };
    for (const db::FinishedDelivery& one : batch.finished) {
        admission_.record(one.key);
        put_off(one.key);
    }
    for (const db::DeliveryKey& key : batch.wanted) {
        scheduler_.give_up(key, Clock::now());
        put_off(key);
    }
}

void Dispatcher::apply(db::ClaimBatchOutcome outcome, Time begun) {
    const Time now = Clock::now();
    if (!outcome.claimed.empty()) failpoint_.pass(Failpoint::kAfterClaim);
    for (const auto& [key, time] : outcome.busy) {
        scheduler_.give_up(key, now);
        scheduler_.wait_for_others(key, now, time);
    }
    for (const auto& [key, behind, time] : outcome.waiting) {
        scheduler_.give_up(key, now);
        scheduler_.wait_in_order(key.webhook_id, behind, now, time);
    }
    for (const db::DeliveryKey& key : outcome.not_due) scheduler_.give_up(key, now);
    for (const db::DeliveryKey& key : outcome.outdated) {
        delivery_log_.outdated(key);
        admission_.offer(key);
    }
    for (const db::DeliveryKey& key : outcome.removed) {
        delivery_log_.removed(key);
        scheduler_.give_up(key, now);
    }
    for (const db::DisabledWebhook& webhook : outcome.disabled_webhooks) {
        delivery_log_.disabled_webhook(webhook);
    }
    for (const db::DeliveryKey& key : outcome.disabled) {
        delivery_log_.failed_disabled(key);
        scheduler_.give_up(key, now);
    }
    for (const db::DeliveryKey& key : outcome.unreadable) {
        delivery_log_.unreadable(key);
        scheduler_.give_up(key, now);
    }
    send(std::move(outcome.claimed), begun);
}

void Dispatcher::send(std::vector<db::ClaimedDelivery> claims, Time begun) {
    const Time now = Clock::now();
    // At least half of the margin must be left, so that the lease outlives the request.
    const bool is_too_late = now - begun > settings_.lease_margin / 2;
    std::vector<PrefetchedDelivery> handed_over;
    for (db::ClaimedDelivery& claim : claims) {
        const db::DeliveryKey key = claim.key;
        if (is_too_late || shutdown_.has_begun() || !scheduler_.weigh(key, claim.bytes())) {
            scheduler_.give_up(key, now);
            give_back(key);
            continue;
        }
        const std::string origin = security::origin_of(claim.url);
        if (!admission_.owns(origin)) {
            scheduler_.give_up(key, now);
            pending_.give_back(key);
            admission_.leave_to_others(key.webhook_id);
            continue;
        }
        if (claim.generation != scheduler_.generation_of(key.webhook_id)) {
            scheduler_.start_afresh(key.webhook_id, origin, claim.generation);
        }
        scheduler_.move_webhook(key.webhook_id, origin);
        scheduler_.set_ordered(key.webhook_id, claim.ordered);
        scheduler_.set_recorded_failing(key.webhook_id, claim.webhook_failing);
        const std::uint64_t tag = in_flight_.add(claim, now);
        const unsigned at_once = scheduler_.at_once(key.webhook_id);
        handed_over.push_back({.tag = tag, .claim = std::move(claim), .at_once = at_once});
    }
    sender_thread_.start(std::move(handed_over));
}

std::chrono::milliseconds Dispatcher::lease_time() const {
    return settings_.sender.total_timeout + settings_.sender.body_timeout + settings_.lease_margin;
}

}  // namespace delivery
