#include "delivery/schedule/waiting_room.hpp"

#include <utility>

namespace delivery {

void WaitingRoom::learn(std::uint64_t news) {
    std::erase_if(closed_, [news](const auto& one) { return one.second <= news; });
}

std::optional<Passage> WaitingRoom::enter(Passage passage, Time now) {
    const model::Id webhook = passage.claim.key.webhook_id;
    if (closed_.contains(webhook)) {
        unsent_.push_back(passage.tag);
        return std::nullopt;
    }
    Line& line = lines_[webhook];
    line.at_once = passage.at_once;
    line.waiting.push_back({std::move(passage), now});
    ++waiting_;
    return start_next(webhook, line);
}

std::optional<Passage> WaitingRoom::leave(std::uint64_t tag, Signal signal, std::uint64_t news, Time now) {
    const auto known = webhooks_.find(tag);
    if (known == webhooks_.end()) return std::nullopt;
    const model::Id webhook = known->second;
    webhooks_.erase(known);
    if (signal == Signal::kSlow) closed_[webhook] = news;
    const auto found = lines_.find(webhook);
    Line& line = found->second;
    --line.under_way;
    expire(line, now);
    while (signal != Signal::kSuccess && !line.waiting.empty()) send_back_front(line);
    std::optional<Passage> next = start_next(webhook, line);
    if (line.under_way == 0) lines_.erase(found);
    return next;
}

std::optional<Passage> WaitingRoom::start_next(model::Id webhook, Line& line) {
    if (line.waiting.empty() || line.under_way >= line.at_once) return std::nullopt;
    Passage next = std::move(line.waiting.front().passage);
    line.waiting.pop_front();
    --waiting_;
    ++line.under_way;
    webhooks_.emplace(next.tag, webhook);
    return next;
}

void WaitingRoom::send_back_front(Line& line) {
    unsent_.push_back(line.waiting.front().passage.tag);
    line.waiting.pop_front();
    --waiting_;
}

void WaitingRoom::expire(Line& line, Time now) {
    while (!line.waiting.empty() && now - line.waiting.front().since > longest_wait_) send_back_front(line);
}

void WaitingRoom::expire(Time now) {
    constexpr int kLooks = 4;  // while one may wait
    if (is_empty() || now < next_look_) return;
    next_look_ = now + longest_wait_ / kLooks;
    for (auto& [webhook, line] : lines_) expire(line, now);
}

void WaitingRoom::clear() {
    for (auto& [webhook, line] : lines_) {
        while (!line.waiting.empty()) send_back_front(line);
    }
}

std::vector<std::uint64_t> WaitingRoom::take_unsent() {
    return std::exchange(unsent_, {});
}

}  // namespace delivery
