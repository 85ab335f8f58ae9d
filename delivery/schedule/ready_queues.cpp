#include "delivery/schedule/ready_queues.hpp"

namespace delivery {

using Stand = Lane::Stand;

void ReadyQueues::add(model::Id webhook, Lane& lane) {
    const bool is_unhealthy = lane.backlog.size() != 0 && lane.is_unhealthy();
    lane.stand = is_unhealthy ? Stand::kAtShare : Stand::kReady;
    (is_unhealthy ? unhealthy_ : ready_).push(lane.account, lane.host, webhook);
}

void ReadyQueues::pause(model::Id webhook, Lane& lane, Time until) {
    lane.stand = Stand::kThrottled;
    lane.throttled_until = until;
    throttled_.emplace(until, webhook);
}

void ReadyQueues::remove(model::Id webhook, Lane& lane) {
    switch (lane.stand) {
        case Stand::kReady:
            ready_.erase(lane.account, lane.host, webhook);
            break;
        case Stand::kThrottled:
            throttled_.erase({lane.throttled_until, webhook});
            break;
        case Stand::kAtHost:
            lane.host->waiting.erase(lane.account, webhook);
            break;
        case Stand::kAtShare:
            unhealthy_.erase(lane.account, lane.host, webhook);
            break;
        case Stand::kIdle:
            break;
    }
    lane.stand = Stand::kIdle;
}

std::optional<model::Id> ReadyQueues::take_throttled(Time now) {
    if (next_change() > now) return std::nullopt;
    const model::Id webhook = throttled_.begin()->second;
    throttled_.erase(throttled_.begin());
    return webhook;
}

}  // namespace delivery
