#include "delivery/schedule/ready_queues.hpp"

namespace delivery {

using Stand = Lane::Stand;

void ReadyQueues::add(model::Id webhook, Lane& lane) {
    const bool is_unproven = lane.backlog.size() != 0 && lane.is_unproven();
    lane.stand = is_unproven ? Stand::kAtShare : Stand::kReady;
    (is_unproven ? unproven_ : ready_).push(lane.account, lane.host, webhook);
}

void ReadyQueues::hold(model::Id webhook, Lane& lane, Time until) {
    lane.stand = Stand::kHeld;
    lane.held_until = until;
    held_.emplace(until, webhook);
}

void ReadyQueues::remove(model::Id webhook, Lane& lane) {
    switch (lane.stand) {
        case Stand::kReady:
            ready_.erase(lane.account, lane.host, webhook);
            break;
        case Stand::kHeld:
            held_.erase({lane.held_until, webhook});
            break;
        case Stand::kAtHost:
            lane.host->waiting.erase(lane.account, webhook);
            break;
        case Stand::kAtShare:
            unproven_.erase(lane.account, lane.host, webhook);
            break;
        case Stand::kIdle:
            break;
    }
    lane.stand = Stand::kIdle;
}

std::optional<model::Id> ReadyQueues::take_held(Time now) {
    if (next_change() > now) return std::nullopt;
    const model::Id webhook = held_.begin()->second;
    held_.erase(held_.begin());
    return webhook;
}

}  // namespace delivery
