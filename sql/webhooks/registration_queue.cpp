#include "sql/webhooks/registration_queue.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace db {
namespace {

// Orders the tickets round-robin by key: the first of each key, then the second of each, and so on. So a key
// with many registrations does not delay those with few.
void order_round_robin(RegistrationQueue::Batch& batch) {
    std::map<model::KeyDigest, std::size_t> seen;
    std::vector<std::pair<std::size_t, RegistrationQueue::Batch::value_type>> ranked;
    for (auto& ticket : batch) ranked.emplace_back(seen[ticket->registration().key]++, std::move(ticket));
    std::ranges::stable_sort(ranked, {}, [](const auto& one) { return one.first; });
    std::ranges::transform(ranked, batch.begin(), [](auto& one) { return std::move(one.second); });
}

}  // namespace

RegistrationOutcome RegistrationQueue::submit(Registration registration, std::chrono::milliseconds patience,
                                              std::optional<model::Identity>* by) {
    const auto now = std::chrono::steady_clock::now();
    const auto ticket = std::make_shared<Ticket>(std::move(registration));
    std::unique_lock lock(mutex_);
    if (connected_writers_ == 0 && now - away_since_ >= grace_) return Unavailable{"the database is away"};
    if (stalled_ && idle_writers_ == 0) return Unavailable{"the database does not answer"};
    queued_.push_back(ticket);
    work_.notify_one();
    const bool settled = ticket->settled_.wait_until(
        lock, now + patience, [&] { return ticket->state_ == Ticket::State::kSettled; });
    if (by != nullptr) *by = ticket->by_;
    if (settled) return std::move(*ticket->outcome_);

    stalled_ = true;
    const Ticket::State state = std::exchange(ticket->state_, Ticket::State::kAbandoned);
    if (state == Ticket::State::kQueued) std::erase(queued_, ticket);
    return Unavailable{"the database did not answer in time",
                       ticket->perhaps_stored_ || state == Ticket::State::kCommitting};
}

void RegistrationQueue::writer_connected() {
    const std::lock_guard lock(mutex_);
    ++connected_writers_;
}

void RegistrationQueue::writer_lost() {
    const std::lock_guard lock(mutex_);
    --connected_writers_;
    away_since_ = std::chrono::steady_clock::now();
}

RegistrationQueue::Batch RegistrationQueue::take(std::size_t most) {
    std::unique_lock lock(mutex_);
    ++idle_writers_;
    work_.wait(lock, [this] { return closed_ || !queued_.empty(); });
    --idle_writers_;
    Batch batch(queued_.begin(), queued_.end());
    if (batch.size() > most) {
        order_round_robin(batch);
        batch.resize(most);
    }
    for (const auto& ticket : batch) ticket->state_ = Ticket::State::kTaken;
    std::erase_if(queued_, [](const auto& ticket) { return ticket->state_ == Ticket::State::kTaken; });
    return batch;
}

void RegistrationQueue::drop_abandoned(Batch& batch) {
    const std::lock_guard lock(mutex_);
    std::erase_if(batch, [](const auto& ticket) { return ticket->state_ == Ticket::State::kAbandoned; });
}

bool RegistrationQueue::start_commit(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    const bool complete = std::none_of(batch.begin(), batch.end(), [](const auto& ticket) {
        return ticket->state_ == Ticket::State::kAbandoned;
    });
    if (!complete) return false;
    for (const auto& ticket : batch) ticket->state_ = Ticket::State::kCommitting;
    return true;
}

void RegistrationQueue::cancel_commit(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& ticket : batch) {
        if (ticket->state_ == Ticket::State::kCommitting) ticket->state_ = Ticket::State::kTaken;
    }
}

void RegistrationQueue::doubt_commit(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& ticket : batch) ticket->perhaps_stored_ = true;
}

void RegistrationQueue::settle(Ticket& ticket, RegistrationOutcome outcome) {
    {
        const std::lock_guard lock(mutex_);
        stalled_ = false;
        if (ticket.state_ == Ticket::State::kAbandoned) return;
        if (auto* const failure = std::get_if<Unavailable>(&outcome); failure && ticket.perhaps_stored_) {
            failure->outcome_uncertain = true;
        }
        ticket.outcome_ = std::move(outcome);
        ticket.state_ = Ticket::State::kSettled;
    }
    ticket.settled_.notify_one();
}

void RegistrationQueue::identify(Ticket& ticket, const std::optional<model::Identity>& by) {
    const std::lock_guard lock(mutex_);
    ticket.by_ = by;
}

void RegistrationQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    work_.notify_all();
    closing_.notify_all();
}

bool RegistrationQueue::wait_for_close(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return closing_.wait_for(lock, time, [this] { return closed_; });
}

}  // namespace db
