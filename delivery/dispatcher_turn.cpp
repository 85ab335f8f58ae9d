// The dispatcher's part that claims, sends and records.
#include <algorithm>
#include <iterator>
#include <utility>

#include "common/security/url.hpp"
#include "delivery/dispatcher.hpp"

namespace delivery {
namespace {

constexpr std::size_t kMostClaims = 512;    // in a turn
constexpr std::size_t kMostRecords = 1024;  // in a turn

// At most so many of them, the first.
template <class Item>
std::vector<Item> take(std::vector<Item>& items, std::size_t most) {
    if (items.size() <= most) return std::exchange(items, {});
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(most);
    std::vector<Item> taken(std::move_iterator(items.begin()), std::move_iterator(end));
    items.erase(items.begin(), end);
    return taken;
}

}  // namespace

void Dispatcher::take_turns(Time now) {
    while (!put_off_.empty()) {
        const db::DeliveryKey key = put_off_.back();
        put_off_.pop_back();  // tried once; where that fails, its lease has to run out
        session_->queue.put_off(key);
    }
    if (!prepare_turn(now)) return;
    try {
        take_turn(Clock::now());
    } catch (const db::Error& error) {
        if (!is_fault_of_turn(error)) throw;
        divide_turn(error);
        if (error.ends_connection()) throw;
    }
    more_to_do_ = more_to_do_ || !finished_.empty() || !turns_.empty();
}

void Dispatcher::take_turn(Time begun) {
    const db::Turn& turn = turns_.first();
    db::TurnOutcome outcome = session_->queue.take_turn(turn);
    if (!turn.finished.empty()) failpoint_.pass(Failpoint::kAfterRecord);
    if (outcome.recorded < turn.finished.size()) {
        // Another worker has them, or somebody has scheduled them anew meanwhile.
        journal_.lost_leases(turn.finished.size() - outcome.recorded);
        rescan_ = true;
    }
    for (const db::FinishedDelivery& one : turn.finished) unrecorded_.erase(one.key);
    turns_.remove_first();
    losses_ = 0;
    apply(std::move(outcome), begun);
}

// Whether something in the turn is the cause. Where it takes the connection with it, as statements that are
// too large do, only repetition tells, because whoever connects has written to the database since.
bool Dispatcher::is_fault_of_turn(const db::Error& error) {
    constexpr unsigned kLossesThatTell = 2;
    switch (error.category()) {
        case db::ErrorCategory::kOther:
            return true;
        case db::ErrorCategory::kLost:
        case db::ErrorCategory::kUncertain:
            return ++losses_ >= kLossesThatTell;
        default:
            return false;
    }
}

void Dispatcher::divide_turn(const db::Error& reason) {
    journal_.note(base::Log::Level::kWarning, "turn_divided", reason.what());
    losses_ = 0;
    if (const auto alone = turns_.divide_first()) set_aside(*alone, reason);
}

// What can be neither recorded nor claimed. What was given back is left to its lease.
void Dispatcher::set_aside(const db::Turn& turn, const db::Error& reason) {
    const auto put_off = [&](const db::DeliveryKey& key) {
        journal_.put_off(key, reason.what());
        put_off_.push_back(key);
    };
    for (const db::FinishedDelivery& one : turn.finished) {
        unrecorded_.erase(one.key);
        put_off(one.key);
    }
    for (const db::DeliveryKey& key : turn.wanted) {
        scheduler_.give_up(key, Clock::now());
        put_off(key);
    }
}

// A turn that claims records everything that has ended: what is known to be done must not look due to the
// claim.
bool Dispatcher::prepare_turn(Time now) {
    if (!turns_.empty()) return true;
    db::Turn turn;
    turn.finished = take(finished_, kMostRecords);
    turn.given_back = take(given_back_, kMostRecords);
    turn.lease_time = lease_time();
    const bool may_claim = !stop_at_ && now >= paused_until_ && finished_.empty() && given_back_.empty();
    if (may_claim) turn.wanted = scheduler_.pick(now, kMostClaims);
    more_to_do_ = more_to_do_ || turn.wanted.size() == kMostClaims;
    if (turn.finished.empty() && turn.given_back.empty() && turn.wanted.empty()) return false;
    if (!turn.finished.empty()) failpoint_.pass(Failpoint::kBeforeRecord);
    if (!turn.wanted.empty()) failpoint_.pass(Failpoint::kBeforeClaim);
    turns_.add(std::move(turn));
    return true;
}

void Dispatcher::apply(db::TurnOutcome outcome, Time begun) {
    const Time now = Clock::now();
    if (!outcome.claimed.empty()) failpoint_.pass(Failpoint::kAfterClaim);
    for (const auto& [key, time] : outcome.busy) {
        scheduler_.wait_for_others(key.webhook_id, now, time);
        scheduler_.give_up(key, now);
    }
    for (const db::DeliveryKey& key : outcome.not_due) scheduler_.give_up(key, now);
    for (const db::DeliveryKey& key : outcome.outdated) {
        journal_.outdated(key);
        offer(key);
    }
    for (const db::DeliveryKey& key : outcome.removed) {
        journal_.removed(key);
        scheduler_.give_up(key, now);
    }
    for (const db::DeliveryKey& key : outcome.disabled) {
        journal_.failed_disabled(key);
        scheduler_.give_up(key, now);
    }
    for (const db::DeliveryKey& key : outcome.unreadable) {
        journal_.unreadable(key);
        scheduler_.give_up(key, now);
    }
    send(std::move(outcome.claimed), begun);
}

void Dispatcher::send(std::vector<db::ClaimedDelivery> claims, Time begun) {
    const Time now = Clock::now();
    // The lease must outlive the request by what is left of the margin.
    const bool too_late = now - begun > settings_.lease_margin / 2;
    std::vector<Passage> passages;
    for (db::ClaimedDelivery& claim : claims) {
        if (too_late || stop_at_ || !scheduler_.weigh(claim.key, claim.event.content.size())) {
            scheduler_.give_up(claim.key, now);
            give_back(claim.key);
            continue;
        }
        const std::string origin = security::origin_of(claim.url);
        if (!roster_.owns(origin)) {
            scheduler_.give_up(claim.key, now);
            given_back_.push_back(claim.key);
            leave_to_others(claim.key.webhook_id);
            continue;
        }
        if (claim.generation != scheduler_.generation_of(claim.key.webhook_id)) {
            scheduler_.start_afresh(claim.key.webhook_id, origin, claim.generation);
        }
        scheduler_.move_webhook(claim.key.webhook_id, origin);
        const std::uint64_t tag = next_tag_++;
        flights_.emplace(tag, Flight{.key = claim.key,
                                     .generation = claim.generation,
                                     .attempt_id = model::draw_id(),
                                     .retries = claim.delivery().retries,
                                     .since_first_try = claim.since_first_try,
                                     .claimed = now});
        const unsigned at_once = scheduler_.at_once(claim.key.webhook_id);
        passages.push_back({.tag = tag, .claim = std::move(claim), .at_once = at_once});
    }
    carrier_.start(std::move(passages));
}

}  // namespace delivery
