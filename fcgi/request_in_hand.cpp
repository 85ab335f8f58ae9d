#include "fcgi/request_in_hand.hpp"

namespace fcgi {

void AnswerQueue::push(std::shared_ptr<RequestInHand> request) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return;
        was_empty = answered_.empty();
        answered_.push_back(std::move(request));
    }
    if (was_empty && std::this_thread::get_id() != user_) wakeup_.raise();
}

void AnswerQueue::take(Requests& empty) {
    const std::lock_guard lock(mutex_);
    empty.swap(answered_);
}

void AnswerQueue::close() {
    Requests dropped;
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    dropped.swap(answered_);
}

}  // namespace fcgi
