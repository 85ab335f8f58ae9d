#include "delivery/schedule/prefetch.hpp"

#include <utility>

#include "delivery/schedule/webhook_queue.hpp"

namespace delivery {
namespace {

// By the webhook's pace, prefetched deliveries should be sent within this time.
constexpr std::chrono::milliseconds kLongestWait{100};

}  // namespace

bool Prefetch::allows(const WebhookQueue& queue, Time now) const {
    const PrefetchState& state = queue.prefetch;
    if (queue.ordered) return false;
    const unsigned in_flight = queue.window.in_flight();
    if (!share_.allows(queue.account) || state.claimed >= state.successes || in_flight == 0) return false;
    // Webhooks that wait for the host get the next slots.
    if (queue.not_before() > now || !queue.window.is_healthy() || !queue.host->waiting.empty()) return false;
    return state.pace * static_cast<long>(state.claimed) <= kLongestWait * in_flight;
}

void Prefetch::claim(WebhookQueue& queue, InFlight& request) {
    request.prefetched = true;
    ++queue.prefetch.claimed;
    share_.take(queue.account);
}

void Prefetch::give_slot(WebhookQueue& queue, model::Id event) {
    const auto request = queue.request_of(event);
    if (!request->prefetched) return;
    const auto other = queue.first_request(false);
    std::swap(request->event, other->event);
    std::swap(request->bytes, other->bytes);
}

InFlight* Prefetch::take_next(WebhookQueue& queue) {
    if (queue.prefetch.claimed == 0) return nullptr;
    const auto next = queue.first_request(true);
    next->prefetched = false;
    release(queue);
    return &*next;
}

void Prefetch::release(WebhookQueue& queue) {
    --queue.prefetch.claimed;
    share_.release(queue.account);
}

void Prefetch::note(PrefetchState& state, Feedback feedback, Clock::duration took) const {
    constexpr int kWeight = 8;
    if (feedback == Feedback::kNone) return;
    if (feedback != Feedback::kSuccess) {
        stop(state);
    } else if (state.successes < most_) {
        ++state.successes;
    }
    state.pace += (took - state.pace) / kWeight;
}

void PrefetchQueue::learn(std::uint64_t generation) {
    std::erase_if(closed_, [generation](const auto& one) { return one.second <= generation; });
}

std::optional<PrefetchedDelivery> PrefetchQueue::add(PrefetchedDelivery delivery, Time now) {
    const model::Id webhook = delivery.claim.key.webhook_id;
    if (closed_.contains(webhook)) {
        unsent_.push_back(delivery.tag);
        return std::nullopt;
    }
    Line& line = lines_[webhook];
    line.at_once = delivery.at_once;
    line.waiting.push_back({std::move(delivery), now});
    ++waiting_;
    return start_next(webhook, line);
}

std::optional<PrefetchedDelivery> PrefetchQueue::finish(std::uint64_t tag, Feedback feedback,
                                                        std::uint64_t generation, Time now) {
    const auto known = webhooks_.find(tag);
    if (known == webhooks_.end()) return std::nullopt;
    const model::Id webhook = known->second;
    webhooks_.erase(known);
    if (feedback == Feedback::kSlow) closed_[webhook] = generation;
    const auto found = lines_.find(webhook);
    Line& line = found->second;
    --line.in_flight;
    expire(line, now);
    while (feedback != Feedback::kSuccess && !line.waiting.empty()) return_front(line);
    std::optional<PrefetchedDelivery> next = start_next(webhook, line);
    if (line.in_flight == 0) lines_.erase(found);
    return next;
}

std::optional<PrefetchedDelivery> PrefetchQueue::start_next(model::Id webhook, Line& line) {
    if (line.waiting.empty() || line.in_flight >= line.at_once) return std::nullopt;
    PrefetchedDelivery next = std::move(line.waiting.front().delivery);
    line.waiting.pop_front();
    --waiting_;
    ++line.in_flight;
    webhooks_.emplace(next.tag, webhook);
    return next;
}

void PrefetchQueue::return_front(Line& line) {
    unsent_.push_back(line.waiting.front().delivery.tag);
    line.waiting.pop_front();
    --waiting_;
}

void PrefetchQueue::expire(Line& line, Time now) {
    while (!line.waiting.empty() && now - line.waiting.front().since > longest_wait_) return_front(line);
}

void PrefetchQueue::expire(Time now) {
    constexpr int kLooks = 4;  // within the longest wait
    if (is_empty() || now < next_look_) return;
    next_look_ = now + longest_wait_ / kLooks;
    for (auto& [webhook, line] : lines_) expire(line, now);
}

void PrefetchQueue::clear() {
    for (auto& [webhook, line] : lines_) {
        while (!line.waiting.empty()) return_front(line);
    }
}

std::vector<std::uint64_t> PrefetchQueue::take_unsent() {
    return std::exchange(unsent_, {});
}

}  // namespace delivery
