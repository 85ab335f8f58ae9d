#include "delivery/carrier.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

#include "delivery/message.hpp"
#include "delivery/schedule/verdict.hpp"

namespace delivery {

Carrier::Carrier(const SenderSettings& settings, Clock::duration longest_wait)
    : sender_(settings), waiting_room_(longest_wait), thread_([this] { run(); }) {}

Carrier::~Carrier() {
    {
        const std::lock_guard lock(mutex_);
        close_ = true;
        call();
    }
    thread_.join();
}

// REQUIRES: the mutex is held. A thread that has been called and hasn't come yet isn't called again.
void Carrier::call() {
    if (!has_work_) work_.raise();
    has_work_ = true;
}

void Carrier::start(std::vector<Passage> passages) {
    if (passages.empty()) return;
    const std::lock_guard lock(mutex_);
    if (passages_.empty()) news_known_ = news_taken_;
    passages_.insert(passages_.end(), std::move_iterator(passages.begin()),
                     std::move_iterator(passages.end()));
    call();
}

std::vector<Outcome> Carrier::take() {
    const std::lock_guard lock(mutex_);
    if (!outcomes_.empty()) ended_.lower();
    news_taken_ = news_;
    return std::exchange(outcomes_, {});
}

void Carrier::hold_back() {
    const std::lock_guard lock(mutex_);
    hold_back_ = true;
    call();
}

void Carrier::cancel_all() {
    const std::lock_guard lock(mutex_);
    hold_back_ = cancel_ = true;
    call();
}

bool Carrier::hand_over() {
    std::vector<Passage> passages;
    std::uint64_t known = 0;
    bool hold_back = false;
    bool cancel = false;
    {
        const std::lock_guard lock(mutex_);
        if (!has_work_) return true;
        has_work_ = false;
        work_.lower();
        if (close_) return false;
        passages = std::exchange(passages_, {});
        known = news_known_;
        hold_back = std::exchange(hold_back_, false);
        cancel = std::exchange(cancel_, false);
    }
    const auto now = Clock::now();
    waiting_room_.learn(known);
    for (Passage& passage : passages) {
        if (const auto next = waiting_room_.enter(std::move(passage), now)) start_now(*next);
    }
    if (hold_back) waiting_room_.clear();
    if (cancel) sender_.cancel_all();
    return true;
}

void Carrier::start_now(const Passage& passage) {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
    sender_.start(message_of(passage.claim, passage.tag, seconds));
}

// What follows those that have ended is started; what won't be is added to them.
void Carrier::advance(std::vector<Outcome>& outcomes) {
    const auto now = Clock::now();
    for (const Outcome& outcome : outcomes) {
        const auto next = waiting_room_.leave(outcome.tag, webhook_signal(outcome), news_ + 1, now);
        if (next) start_now(*next);
    }
    waiting_room_.expire(now);
    for (const std::uint64_t tag : waiting_room_.take_unsent()) {
        outcomes.push_back({.tag = tag,
                            .status = 0,
                            .failure = Failure::kUnsent,
                            .reached = false,
                            .detail = {},
                            .answer = {},
                            .retry_after = {},
                            .duration = {},
                            .unanswered = {}});
    }
}

std::chrono::milliseconds Carrier::patience() const {
    constexpr std::chrono::milliseconds kPatience{60'000};
    constexpr std::chrono::milliseconds kLookInterval{100};
    if (waiting_room_.has_unsent()) return std::chrono::milliseconds{0};
    return waiting_room_.is_empty() ? kPatience : kLookInterval;
}

void Carrier::run() {
    const std::array wakeups{work_.descriptor()};
    for (;;) {
        if (!hand_over()) return;
        std::vector<Outcome> outcomes = sender_.wait(patience(), wakeups);
        advance(outcomes);
        if (outcomes.empty()) continue;
        const std::lock_guard lock(mutex_);
        ++news_;
        if (outcomes_.empty()) ended_.raise();
        outcomes_.insert(outcomes_.end(), std::move_iterator(outcomes.begin()),
                         std::move_iterator(outcomes.end()));
    }
}

}  // namespace delivery
