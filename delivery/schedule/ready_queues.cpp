#include "delivery/schedule/ready_queues.hpp"

namespace delivery {

using State = WebhookQueue::State;

void ReadyQueues::add(model::Id webhook, WebhookQueue& queue) {
    const bool is_unhealthy = queue.backlog.size() != 0 && queue.is_unhealthy();
    queue.state = is_unhealthy ? State::kWaitingForSlot : State::kReady;
    (is_unhealthy ? unhealthy_ : ready_).push(queue.account, queue.host, webhook);
}

void ReadyQueues::pause(model::Id webhook, WebhookQueue& queue, Time until) {
    queue.state = State::kThrottled;
    queue.throttled_until = until;
    throttled_.emplace(until, webhook);
}

void ReadyQueues::remove(model::Id webhook, WebhookQueue& queue) {
    switch (queue.state) {
        case State::kReady:
            ready_.erase(queue.account, queue.host, webhook);
            break;
        case State::kThrottled:
            throttled_.erase({queue.throttled_until, webhook});
            break;
        case State::kWaitingForHost:
            queue.host->waiting.erase(queue.account, webhook);
            break;
        case State::kWaitingForSlot:
            unhealthy_.erase(queue.account, queue.host, webhook);
            break;
        case State::kIdle:
            break;
    }
    queue.state = State::kIdle;
}

std::optional<model::Id> ReadyQueues::take_throttled(Time now) {
    if (next_change() > now) return std::nullopt;
    const model::Id webhook = throttled_.begin()->second;
    throttled_.erase(throttled_.begin());
    return webhook;
}

}  // namespace delivery
