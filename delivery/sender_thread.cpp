#include "delivery/sender_thread.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

#include "delivery/message.hpp"
#include "delivery/schedule/retry_policy.hpp"

namespace delivery {
namespace {

template <class Item>
void append(std::vector<Item>& to, std::vector<Item>&& items) {
    to.insert(to.end(), std::move_iterator(items.begin()), std::move_iterator(items.end()));
}

}  // namespace

SenderThread::SenderThread(const SenderSettings& settings, Clock::duration longest_wait)
    : sender_(settings), queue_(longest_wait), thread_([this] { run(); }) {}

SenderThread::~SenderThread() {
    {
        const std::lock_guard lock(mutex_);
        close_ = true;
        call();
    }
    thread_.join();
}

// REQUIRES: the mutex is locked. A thread that was called and hasn't reacted yet isn't called again.
void SenderThread::call() {
    if (!is_called_) has_work_.raise();
    is_called_ = true;
}

void SenderThread::start(std::vector<PrefetchedDelivery> deliveries) {
    if (deliveries.empty()) return;
    const std::lock_guard lock(mutex_);
    if (deliveries_.empty()) generation_known_ = generation_taken_;
    append(deliveries_, std::move(deliveries));
    call();
}

SenderThread::Ended SenderThread::take() {
    const std::lock_guard lock(mutex_);
    if (!ended_.outcomes.empty() || !ended_.unsent.empty()) has_ended_.lower();
    generation_taken_ = generation_;
    return std::exchange(ended_, {});
}

void SenderThread::return_unsent() {
    const std::lock_guard lock(mutex_);
    return_unsent_ = true;
    call();
}

void SenderThread::cancel_all() {
    const std::lock_guard lock(mutex_);
    return_unsent_ = cancel_ = true;
    call();
}

// Returns false if the thread must end.
bool SenderThread::take_over() {
    std::vector<PrefetchedDelivery> deliveries;
    std::uint64_t generation = 0;
    bool return_unsent = false;
    bool cancel = false;
    {
        const std::lock_guard lock(mutex_);
        if (!is_called_) return true;
        is_called_ = false;
        has_work_.lower();
        if (close_) return false;
        deliveries = std::exchange(deliveries_, {});
        generation = generation_known_;
        return_unsent = std::exchange(return_unsent_, false);
        cancel = std::exchange(cancel_, false);
    }
    const auto now = Clock::now();
    queue_.learn(generation);
    for (PrefetchedDelivery& delivery : deliveries) {
        if (const auto next = queue_.add(std::move(delivery), now)) start_now(*next);
    }
    if (return_unsent) queue_.clear();
    if (cancel) sender_.cancel_all();
    return true;
}

void SenderThread::start_now(const PrefetchedDelivery& delivery) {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
    sender_.start(message_of(delivery.claim, delivery.tag, seconds));
}

// Starts the prefetched deliveries that follow those that have ended.
void SenderThread::start_next(const std::vector<Outcome>& outcomes) {
    const auto now = Clock::now();
    for (const Outcome& outcome : outcomes) {
        const auto next = queue_.finish(outcome.tag, webhook_feedback(outcome), generation_ + 1, now);
        if (next) start_now(*next);
    }
    queue_.expire(now);
}

void SenderThread::hand_back(std::vector<Outcome> outcomes, std::vector<std::uint64_t> unsent) {
    if (outcomes.empty() && unsent.empty()) return;
    const std::lock_guard lock(mutex_);
    ++generation_;
    if (ended_.outcomes.empty() && ended_.unsent.empty()) has_ended_.raise();
    append(ended_.outcomes, std::move(outcomes));
    append(ended_.unsent, std::move(unsent));
}

std::chrono::milliseconds SenderThread::patience() const {
    constexpr std::chrono::milliseconds kPatience{60'000};
    constexpr std::chrono::milliseconds kLookInterval{100};
    if (queue_.has_unsent()) return std::chrono::milliseconds{0};
    return queue_.is_empty() ? kPatience : kLookInterval;
}

void SenderThread::run() {
    const std::array wakeups{has_work_.descriptor()};
    while (take_over()) {
        std::vector<Outcome> outcomes = sender_.wait(patience(), wakeups);
        start_next(outcomes);
        hand_back(std::move(outcomes), queue_.take_unsent());
    }
}

}  // namespace delivery
