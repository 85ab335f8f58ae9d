#include "sql/registration_queue.hpp"

#include <algorithm>
#include <utility>

namespace db {

RegistrationOutcome RegistrationQueue::submit(Registration registration, std::chrono::milliseconds patience) {
    const auto now = std::chrono::steady_clock::now();
    const auto ticket = std::make_shared<Ticket>(std::move(registration));
    std::unique_lock lock(mutex_);
    if (connected_writers_ == 0 && now - away_since_ >= grace_) return Unavailable{"the database is away"};
    if (stalled_ && idle_writers_ == 0) return Unavailable{"the database does not answer"};
    queued_.push_back(ticket);
    work_.notify_one();
    const bool settled = ticket->settled_.wait_until(
        lock, now + patience, [&] { return ticket->state_ == Ticket::State::kSettled; });
    if (settled) return std::move(*ticket->outcome_);

    stalled_ = true;
    const Ticket::State state = std::exchange(ticket->state_, Ticket::State::kAbandoned);
    if (state == Ticket::State::kQueued) std::erase(queued_, ticket);
    return Unavailable{"the database did not answer in time", state == Ticket::State::kCommitting};
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
    const auto end = queued_.begin() + static_cast<std::ptrdiff_t>(std::min(most, queued_.size()));
    Batch batch(std::make_move_iterator(queued_.begin()), std::make_move_iterator(end));
    queued_.erase(queued_.begin(), end);
    for (const auto& ticket : batch) ticket->state_ = Ticket::State::kTaken;
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

void RegistrationQueue::settle(Ticket& ticket, RegistrationOutcome outcome) {
    {
        const std::lock_guard lock(mutex_);
        stalled_ = false;
        if (ticket.state_ == Ticket::State::kAbandoned) return;
        ticket.outcome_ = std::move(outcome);
        ticket.state_ = Ticket::State::kSettled;
    }
    ticket.settled_.notify_one();
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
