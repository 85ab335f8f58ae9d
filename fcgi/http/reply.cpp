#include "fcgi/http/reply.hpp"

#include "fcgi/http/problem.hpp"

namespace http {

InHand::Phase InHand::expire() {
    const std::lock_guard lock(mutex_);
    return std::exchange(phase_, Phase::kEnded);
}

NamedTexts InHand::notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
}

Reply::~Reply() {
    if (!in_hand_) return;
    const InHand::Phase phase = in_hand_->expire();
    if (phase == InHand::Phase::kEnded) return;
    in_hand_->deliver(unexpected_error("the request was dropped",
                                       phase == InHand::Phase::kCommitting ? Stored::kPerhaps : Stored::kNo));
}

bool Reply::is_expired() const {
    const std::lock_guard lock(in_hand_->mutex_);
    return in_hand_->phase_ == InHand::Phase::kEnded;
}

bool Reply::start_commit() {
    const std::lock_guard lock(in_hand_->mutex_);
    if (in_hand_->phase_ == InHand::Phase::kEnded) return false;
    in_hand_->phase_ = InHand::Phase::kCommitting;
    return true;
}

void Reply::cancel_commit() {
    const std::lock_guard lock(in_hand_->mutex_);
    if (in_hand_->phase_ == InHand::Phase::kCommitting) in_hand_->phase_ = InHand::Phase::kOpen;
}

void Reply::note(std::string key, std::string value) {
    const std::lock_guard lock(in_hand_->mutex_);
    in_hand_->notes_.emplace_back(std::move(key), std::move(value));
}

void Reply::answer(Response response) noexcept {
    const std::shared_ptr<InHand> in_hand = std::exchange(in_hand_, nullptr);
    if (in_hand->expire() != InHand::Phase::kEnded) in_hand->deliver(std::move(response));
}

}  // namespace http
