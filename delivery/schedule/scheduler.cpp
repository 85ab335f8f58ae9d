#include "delivery/schedule/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

// The longest wait of a queue before it looks whether another worker still holds the leases.
constexpr std::chrono::seconds kLookAgain{1};
// Queues that are throttled for longer are evicted for others of their account when there are too many.
constexpr std::chrono::seconds kLongPause{5};
// Queues are evicted several at a time, because it takes time to find them.
constexpr std::size_t kEvictedAtOnce = 16;

}  // namespace

Scheduler::Scheduler(const SchedulerLimits& limits)
    : limits_(limits),
      hosts_(limits.queues, limits.per_host),
      in_flight_(limits.in_flight),
      unhealthy_((limits.in_flight + 1) / 2),
      prefetch_(limits.prefetched),
      bytes_(limits.bytes) {}

bool Scheduler::add_webhook(const db::WebhookAddress& webhook, const std::string& host, Time now) {
    if (knows(webhook.webhook_id)) return true;
    if (queues_.size() >= limits_.queues && !make_room(webhook.account_id, hosts_.find(host), now)) {
        return false;
    }
    Host& its_host = hosts_.named(host);
    ++its_host.webhooks;
    occupancy_.add(webhook.account_id, &its_host, webhook.webhook_id);
    queues_.try_emplace(webhook.webhook_id, webhook, &its_host, limits_.per_webhook);
    return true;
}

void Scheduler::move_webhook(model::Id webhook, const std::string& host) {
    WebhookQueue& queue = queues_.at(webhook);
    Host& former = *queue.host;
    if (former.name == host) return;
    const bool asks = to_refill_.erase(queue.account, queue.host, webhook);
    const bool queued = queue.state != State::kIdle && queue.state != State::kThrottled;
    if (queued) ready_queues_.remove(webhook, queue);
    occupancy_.remove(queue.account, queue.host, webhook);
    queue.host = &hosts_.named(host);
    ++queue.host->webhooks;
    occupancy_.add(queue.account, queue.host, webhook);
    if (asks) to_refill_.push(queue.account, queue.host, webhook);
    if (queued) ready_queues_.add(webhook, queue);
    --former.webhooks;
    hosts_.forget_if_unused(former);
}

void Scheduler::start_afresh(model::Id webhook, const std::string& host, db::Generation generation) {
    WebhookQueue& queue = queues_.at(webhook);
    ready_queues_.remove(webhook, queue);
    if (queue.host->name == host) {
        queue.host->window.open();
    } else {
        move_webhook(webhook, host);
    }
    queue.start_afresh(generation);
    ready_queues_.add(webhook, queue);
}

void Scheduler::forget(model::Id webhook) {
    WebhookQueue& queue = queues_.at(webhook);
    if (queue.requests.empty()) return erase(webhook);
    drop_backlog(webhook, queue);
}

void Scheduler::offer(const db::DeliveryKey& key) {
    WebhookQueue& queue = queues_.at(key.webhook_id);
    const bool is_in_flight = queue.request_of(key.event_id) != queue.requests.end();
    if (is_in_flight || queue.backlog.contains(key.event_id)) return;
    if (queue.ordered) return offer_in_order(key, queue);
    if (!queue.backlog.add(key.event_id, capacity(queue))) return;
    ++waiting_;
    if (queue.state == State::kIdle) ready_queues_.add(key.webhook_id, queue);
}

void Scheduler::wait_for_others(const db::DeliveryKey& key, Time now, Clock::duration time) {
    WebhookQueue& queue = queues_.at(key.webhook_id);
    if (queue.ordered)
        return wait_in_order(key.webhook_id, key.event_id, now, std::min<Clock::duration>(time, kLookAgain));
    queue.backlog.expect_more();
    queue.others_until = now + std::min<Clock::duration>(time, kLookAgain);
    if (queue.state == State::kIdle) ready_queues_.add(key.webhook_id, queue);
}

std::vector<db::DueOf> Scheduler::take_refills(std::size_t most, Time now) {
    std::vector<db::DueOf> taken;
    while (taken.size() < most) {
        const std::optional<model::Id> webhook = to_refill_.pop();
        if (!webhook) break;
        WebhookQueue& queue = queues_.at(*webhook);
        if (!queue.ordered) {
            taken.push_back(queue.backlog.request(*webhook, capacity(queue), queue.requests.size(), now));
            continue;
        }
        taken.push_back(
            {.webhook_id = *webhook, .most = capacity(queue), .in_order = true, .head = queue.head});
        // The read of a long queue takes its time, so only one is done before other work.
        if (queue.read_at_once != 0) break;
    }
    return taken;
}

void Scheduler::refill(const db::DueOf& wanted, std::optional<db::DuePosition> last) {
    const auto found = queues_.find(wanted.webhook_id);
    if (found == queues_.end()) return;
    found->second.backlog.answer(wanted, std::move(last));
    if (found->second.state == State::kIdle) ready_queues_.add(wanted.webhook_id, found->second);
}

void Scheduler::ask_again(model::Id webhook) {
    const auto found = queues_.find(webhook);
    if (found == queues_.end()) return;
    found->second.backlog.fail();
    if (found->second.state == State::kIdle) ready_queues_.add(webhook, found->second);
}

std::vector<db::DeliveryKey> Scheduler::pick(Time now, std::size_t most) {
    wake_throttled(now);
    std::vector<db::DeliveryKey> picked;
    while (picked.size() < most) {
        const std::optional<model::Id> webhook = next();
        if (!webhook) break;
        WebhookQueue& queue = queues_.at(*webhook);
        queue.state = State::kIdle;
        if (has_nothing(*webhook, queue, now)) continue;
        const bool has_slot = may_send(queue, now);
        if (!has_slot && !prefetch_.allows(queue, now)) {
            set_aside(*webhook, queue, now);
            continue;
        }
        picked.push_back(claim(*webhook, queue, now, has_slot));
        ready_queues_.add(*webhook, queue);
    }
    return picked;
}

// The next queue of an account that may have more. Healthy and unhealthy queues take turns.
std::optional<model::Id> Scheduler::next() {
    const auto may = [this](model::Id account) {
        return in_flight_.allows(account) && bytes_.allows(account);
    };
    const auto may_be_unhealthy = [&](model::Id account) {
        return unhealthy_.allows(account) && may(account);
    };
    return ready_queues_.next(may, may_be_unhealthy);
}

bool Scheduler::may_send(const WebhookQueue& queue, Time now) const {
    return queue.not_before() <= now && queue.has_room() && queue.host->has_room_for(queue.account) &&
           (!queue.is_unhealthy() || unhealthy_.allows(queue.account));
}

void Scheduler::set_aside(model::Id webhook, WebhookQueue& queue, Time now) {
    Host& host = *queue.host;
    if (!queue.has_room()) {
        wake_host(host);  // the queue goes on when one of its requests ends
    } else if (queue.not_before() > now) {
        ready_queues_.pause(webhook, queue, queue.not_before());
        if (!host.window.is_throttled(now)) wake_host(host);
    } else if (!host.has_room_for(queue.account)) {
        queue.state = State::kWaitingForHost;
        host.waiting.push(queue.account, webhook);
    } else {
        ready_queues_.add(webhook, queue);
    }
}

// Whether the queue has nothing to send. Such a queue waits for a refill or for its requests, is throttled,
// or is forgotten.
bool Scheduler::has_nothing(model::Id webhook, WebhookQueue& queue, Time now) {
    const bool throttled = std::max(queue.window.throttled_until(), queue.others_until) > now;
    if (queue.backlog.has_more() && !throttled && is_short(queue)) ask_for_more(webhook, queue);
    if (queue.backlog.size() != 0) return false;
    if (!queue.host->window.is_throttled(now)) wake_host(*queue.host);
    if (throttled) {
        ready_queues_.pause(webhook, queue, std::max(queue.window.throttled_until(), queue.others_until));
    } else if (!queue.backlog.has_more() && !queue.backlog.is_asking() && queue.requests.empty()) {
        erase(webhook);
    }
    return true;
}

bool Scheduler::is_short(const WebhookQueue& queue) const {
    // A request that is in flight is unfinished, so a read during it would find it again.
    if (queue.ordered) return queue.backlog.size() == 0 && queue.requests.empty();
    return queue.backlog.size() < limits_.per_webhook + queue.prefetch.claimed / 2;
}

void Scheduler::ask_for_more(model::Id webhook, WebhookQueue& queue) {
    if (queue.backlog.is_asking()) return;
    queue.backlog.begin_asking();
    to_refill_.push(queue.account, queue.host, webhook);
}

db::DeliveryKey Scheduler::claim(model::Id webhook, WebhookQueue& queue, Time now, bool has_slot) {
    --waiting_;
    InFlight& request = queue.requests.emplace_back();
    request.event = queue.backlog.take();
    request.bytes = bytes_.reserve(queue.account);
    const db::DeliveryKey key{request.event, webhook};
    if (has_slot) {
        take_slot(queue, request, now);
    } else {
        prefetch_.claim(queue, request);
    }
    return key;
}

bool Scheduler::weigh(const db::DeliveryKey& key, std::size_t bytes) {
    WebhookQueue& queue = queues_.at(key.webhook_id);
    const auto request = queue.request_of(key.event_id);
    if (!bytes_.settle(queue.account, request->bytes, bytes)) return false;
    request->bytes = std::max<std::size_t>(bytes, 1);
    return true;
}

void Scheduler::take_slot(WebhookQueue& queue, InFlight& request, Time now) {
    request.started = now;
    request.unhealthy = queue.is_unhealthy();
    request.host = queue.host;
    queue.window.start();
    queue.host->start(queue.account);
    in_flight_.take(queue.account);
    if (request.unhealthy) unhealthy_.take(queue.account);
}

void Scheduler::finish(const db::DeliveryKey& key, Feedback webhook, Feedback host, Time now,
                       Clock::duration pause, Clock::duration took) {
    WebhookQueue& queue = queues_.at(key.webhook_id);
    if (webhook != Feedback::kNone) Prefetch::give_slot(queue, key.event_id);
    prefetch_.note(queue.prefetch, webhook, took);
    const auto request = queue.request_of(key.event_id);
    const InFlight ended = *request;
    queue.requests.erase(request);
    bytes_.release(queue.account, ended.bytes);
    if (ended.prefetched) {
        prefetch_.release(queue);
    } else {
        queue.window.finish(webhook, ended.started, now, pause);
        release_slot(queue, ended, host, now);
    }
    if (queue.ordered) end_in_order(key.webhook_id, queue, key.event_id, webhook);
    const bool leaves_share = queue.state == State::kWaitingForSlot && !queue.is_unhealthy();
    if (leaves_share) ready_queues_.remove(key.webhook_id, queue);
    if (queue.state == State::kIdle) ready_queues_.add(key.webhook_id, queue);
}

bool Scheduler::note_health(model::Id webhook, bool fails) {
    const bool was_failing = std::exchange(queues_.at(webhook).recorded_failing, fails);
    return fails || was_failing;
}

void Scheduler::return_unsent(const db::DeliveryKey& key, Time now) {
    Prefetch::stop(queues_.at(key.webhook_id).prefetch);
    give_up(key, now);
}

// The slot goes to the webhook's next prefetched delivery, or to another queue.
void Scheduler::release_slot(WebhookQueue& queue, const InFlight& ended, Feedback host, Time now) {
    Host& its_host = *ended.host;
    const bool was_healthy = its_host.window.is_healthy() && !its_host.window.is_throttled(now);
    its_host.finish(queue.account, host, ended.started, now);
    in_flight_.release(queue.account);
    if (ended.unhealthy) unhealthy_.release(queue.account);
    if (InFlight* const next = prefetch_.take_next(queue)) take_slot(queue, *next, now);
    wake_host(its_host);
    if (host == Feedback::kSuccess && !was_healthy) wake_all_of(its_host);
    hosts_.forget_if_unused(its_host);
}

void Scheduler::wake_throttled(Time now) {
    while (const auto webhook = ready_queues_.take_throttled(now))
        ready_queues_.add(*webhook, queues_.at(*webhook));
}

void Scheduler::wake_host(Host& host) {
    const auto may = [&host](model::Id account) { return host.has_room_for(account); };
    for (unsigned room = host.window.room(); room > 0; --room) {
        const std::optional<model::Id> webhook = host.waiting.pop(may);
        if (!webhook) return;
        ready_queues_.add(*webhook, queues_.at(*webhook));
    }
}

// One webhook had an answer from the host, so the host works for all of them.
void Scheduler::wake_all_of(const Host& host) {
    for (const model::Id webhook : occupancy_.webhooks_at(&host)) {
        WebhookQueue& queue = queues_.at(webhook);
        if (queue.state != State::kThrottled && queue.state != State::kWaitingForSlot) continue;
        ready_queues_.remove(webhook, queue);
        ready_queues_.add(webhook, queue);
    }
}

bool Scheduler::make_room(model::Id account, const Host* host, Time now) {
    std::vector<model::Id> out =
        occupancy_.to_replace(account, host, kEvictedAtOnce,
                              [this](model::Id webhook) { return queues_.at(webhook).requests.empty(); });
    if (out.empty()) {
        for (const auto& [webhook, queue] : queues_) {
            const bool waits_long = queue.not_before() > now + kLongPause || queue.head != 0;
            if (queue.account == account && waits_long && queue.requests.empty()) out.push_back(webhook);
        }
    }
    for (const model::Id webhook : out) erase(webhook);
    return !out.empty();
}

void Scheduler::erase(model::Id webhook) {
    const auto found = queues_.find(webhook);
    WebhookQueue& queue = found->second;
    ready_queues_.remove(webhook, queue);
    to_refill_.erase(queue.account, queue.host, webhook);
    waiting_ -= queue.backlog.size();
    occupancy_.remove(queue.account, queue.host, webhook);
    Host& host = *queue.host;
    queues_.erase(found);
    --host.webhooks;
    hosts_.forget_if_unused(host);
}

void Scheduler::drop_backlog(model::Id webhook, WebhookQueue& queue) {
    ready_queues_.remove(webhook, queue);
    to_refill_.erase(queue.account, queue.host, webhook);
    waiting_ -= queue.backlog.size();
    queue.backlog.clear();
}

void Scheduler::forget_waiting() {
    std::vector<model::Id> idle;
    for (auto& [webhook, queue] : queues_) {
        drop_backlog(webhook, queue);
        if (queue.requests.empty()) idle.push_back(webhook);
    }
    for (const model::Id webhook : idle) erase(webhook);
}

}  // namespace delivery
