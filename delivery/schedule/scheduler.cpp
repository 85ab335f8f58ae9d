#include "delivery/schedule/scheduler.hpp"

#include <algorithm>

namespace delivery {
namespace {

// How long a lane waits at most before it looks whether others still have what it wants.
constexpr std::chrono::seconds kLookAgain{1};
// Lanes that are held for longer make place for others of their account, when there are too many.
constexpr std::chrono::seconds kLongHold{5};
// Places that change hands at once: to find them takes time.
constexpr std::size_t kPlacesAtOnce = 16;

}  // namespace

Scheduler::Scheduler(const SchedulerLimits& limits)
    : limits_(limits),
      hosts_(limits.lanes, limits.per_host),
      in_flight_(limits.in_flight),
      unhealthy_((limits.in_flight + 1) / 2),
      prefetch_(limits.prefetched),
      bytes_(limits.bytes) {}

bool Scheduler::add_webhook(const db::WebhookAddress& webhook, const std::string& host, Time now) {
    if (knows(webhook.webhook_id)) return true;
    if (lanes_.size() >= limits_.lanes && !make_place(webhook.account_id, hosts_.find(host), now)) {
        return false;
    }
    Host& its_host = hosts_.named(host);
    ++its_host.webhooks;
    occupancy_.add(webhook.account_id, &its_host, webhook.webhook_id);
    lanes_.try_emplace(webhook.webhook_id, webhook, &its_host, limits_.per_webhook);
    return true;
}

void Scheduler::move_webhook(model::Id webhook, const std::string& host) {
    Lane& lane = lanes_.at(webhook);
    Host& former = *lane.host;
    if (former.name == host) return;
    const bool asks = hungry_.erase(lane.account, lane.host, webhook);
    const bool queued = lane.stand != Stand::kIdle && lane.stand != Stand::kThrottled;
    if (queued) queues_.remove(webhook, lane);
    occupancy_.remove(lane.account, lane.host, webhook);
    lane.host = &hosts_.named(host);
    ++lane.host->webhooks;
    occupancy_.add(lane.account, lane.host, webhook);
    if (asks) hungry_.push(lane.account, lane.host, webhook);
    if (queued) queues_.add(webhook, lane);
    --former.webhooks;
    hosts_.forget_if_unused(former);
}

void Scheduler::start_afresh(model::Id webhook, const std::string& host, db::Generation generation) {
    Lane& lane = lanes_.at(webhook);
    queues_.remove(webhook, lane);
    if (lane.host->name == host) {
        lane.host->window.open();
    } else {
        move_webhook(webhook, host);
    }
    lane.start_afresh(generation);
    queues_.add(webhook, lane);
}

void Scheduler::forget(model::Id webhook) {
    Lane& lane = lanes_.at(webhook);
    if (lane.flights.empty()) return erase(webhook);
    drop_backlog(webhook, lane);
}

void Scheduler::offer(const db::DeliveryKey& key) {
    Lane& lane = lanes_.at(key.webhook_id);
    const bool flies = lane.flight_of(key.event_id) != lane.flights.end();
    if (flies || lane.backlog.contains(key.event_id)) return;
    if (!lane.backlog.add(key.event_id, capacity(lane))) return;
    ++waiting_;
    if (lane.stand == Stand::kIdle) queues_.add(key.webhook_id, lane);
}

void Scheduler::wait_for_others(model::Id webhook, Time now, Clock::duration time) {
    Lane& lane = lanes_.at(webhook);
    lane.backlog.expect_more();
    lane.others_until = now + std::min<Clock::duration>(time, kLookAgain);
    if (lane.stand == Stand::kIdle) queues_.add(webhook, lane);
}

std::vector<db::DueOf> Scheduler::take_hungry(std::size_t most, Time now) {
    std::vector<db::DueOf> taken;
    while (taken.size() < most) {
        const std::optional<model::Id> webhook = hungry_.pop();
        if (!webhook) break;
        Lane& lane = lanes_.at(*webhook);
        taken.push_back(lane.backlog.request(*webhook, capacity(lane), lane.flights.size(), now));
    }
    return taken;
}

void Scheduler::answer_hunger(const db::DueOf& wanted, std::optional<db::DuePlace> last) {
    const auto found = lanes_.find(wanted.webhook_id);
    if (found == lanes_.end()) return;
    found->second.backlog.answer(wanted, std::move(last));
    if (found->second.stand == Stand::kIdle) queues_.add(wanted.webhook_id, found->second);
}

void Scheduler::ask_again(model::Id webhook) {
    const auto found = lanes_.find(webhook);
    if (found == lanes_.end()) return;
    found->second.backlog.fail();
    if (found->second.stand == Stand::kIdle) queues_.add(webhook, found->second);
}

std::vector<db::DeliveryKey> Scheduler::pick(Time now, std::size_t most) {
    wake_throttled(now);
    std::vector<db::DeliveryKey> picked;
    while (picked.size() < most) {
        const std::optional<model::Id> webhook = next();
        if (!webhook) break;
        Lane& lane = lanes_.at(*webhook);
        lane.stand = Stand::kIdle;
        if (has_nothing(*webhook, lane, now)) continue;
        const bool has_slot = may_send(lane, now);
        if (!has_slot && !prefetch_.allows(lane, now)) {
            stand_aside(*webhook, lane, now);
            continue;
        }
        picked.push_back(claim(*webhook, lane, now, has_slot));
        queues_.add(*webhook, lane);
    }
    return picked;
}

// The lane to look at, of an account that may have more: of the healthy and of the others in turn.
std::optional<model::Id> Scheduler::next() {
    const auto may = [this](model::Id account) {
        return in_flight_.allows(account) && bytes_.allows(account);
    };
    const auto may_be_unhealthy = [&](model::Id account) {
        return unhealthy_.allows(account) && may(account);
    };
    return queues_.next(may, may_be_unhealthy);
}

bool Scheduler::may_send(const Lane& lane, Time now) const {
    return lane.not_before() <= now && lane.window.has_room() && lane.host->has_room_for(lane.account) &&
           (!lane.is_unhealthy() || unhealthy_.allows(lane.account));
}

void Scheduler::stand_aside(model::Id webhook, Lane& lane, Time now) {
    Host& host = *lane.host;
    if (!lane.window.has_room()) {
        wake_host(host);  // the lane goes on when one of its requests ends
    } else if (lane.not_before() > now) {
        queues_.pause(webhook, lane, lane.not_before());
        if (!host.window.is_throttled(now)) wake_host(host);
    } else if (!host.has_room_for(lane.account)) {
        lane.stand = Stand::kAtHost;
        host.waiting.push(lane.account, webhook);
    } else {
        queues_.add(webhook, lane);
    }
}

// Nothing to send here: it asks for more, or stays for the sake of what it knows, or is forgotten.
bool Scheduler::has_nothing(model::Id webhook, Lane& lane, Time now) {
    const bool throttled = std::max(lane.window.throttled_until(), lane.others_until) > now;
    const bool short_of = lane.backlog.size() < limits_.per_webhook + lane.prefetch.claimed / 2;
    if (lane.backlog.has_more() && !throttled && short_of) ask_for_more(webhook, lane);
    if (lane.backlog.size() != 0) return false;
    if (!lane.host->window.is_throttled(now)) wake_host(*lane.host);
    if (throttled) {
        queues_.pause(webhook, lane, std::max(lane.window.throttled_until(), lane.others_until));
    } else if (!lane.backlog.has_more() && !lane.backlog.is_asking() && lane.flights.empty()) {
        erase(webhook);
    }
    return true;
}

void Scheduler::ask_for_more(model::Id webhook, Lane& lane) {
    if (lane.backlog.is_asking()) return;
    lane.backlog.begin_asking();
    hungry_.push(lane.account, lane.host, webhook);
}

db::DeliveryKey Scheduler::claim(model::Id webhook, Lane& lane, Time now, bool has_slot) {
    --waiting_;
    Flight& flight = lane.flights.emplace_back();
    flight.event = lane.backlog.take();
    flight.bytes = bytes_.reserve(lane.account);
    const db::DeliveryKey key{flight.event, webhook};
    if (has_slot) {
        take_place(lane, flight, now);
    } else {
        prefetch_.claim(lane, flight);
    }
    return key;
}

bool Scheduler::weigh(const db::DeliveryKey& key, std::size_t bytes) {
    Lane& lane = lanes_.at(key.webhook_id);
    const auto flight = lane.flight_of(key.event_id);
    if (!bytes_.settle(lane.account, flight->bytes, bytes)) return false;
    flight->bytes = std::max<std::size_t>(bytes, 1);
    return true;
}

void Scheduler::take_place(Lane& lane, Flight& flight, Time now) {
    flight.started = now;
    flight.unhealthy = lane.is_unhealthy();
    flight.host = lane.host;
    lane.window.start();
    lane.host->start(lane.account);
    in_flight_.take(lane.account);
    if (flight.unhealthy) unhealthy_.take(lane.account);
}

void Scheduler::finish(const db::DeliveryKey& key, Feedback webhook, Feedback host, Time now,
                       Clock::duration hold_for, Clock::duration took) {
    Lane& lane = lanes_.at(key.webhook_id);
    if (webhook != Feedback::kNone) Prefetch::give_slot(lane, key.event_id);
    prefetch_.note(lane.prefetch, webhook, took);
    const auto flight = lane.flight_of(key.event_id);
    const Flight ended = *flight;
    lane.flights.erase(flight);
    bytes_.release(lane.account, ended.bytes);
    if (ended.prefetched) {
        prefetch_.release(lane);
    } else {
        lane.window.finish(webhook, ended.started, now, hold_for);
        leave_place(lane, ended, host, now);
    }
    const bool leaves_share = lane.stand == Stand::kAtShare && !lane.is_unhealthy();
    if (leaves_share) queues_.remove(key.webhook_id, lane);
    if (lane.stand == Stand::kIdle) queues_.add(key.webhook_id, lane);
}

std::optional<bool> Scheduler::take_change_of_health(model::Id webhook) {
    Lane& lane = lanes_.at(webhook);
    if (lane.window.failing() == lane.recorded_failing) return std::nullopt;
    return lane.recorded_failing = lane.window.failing();
}

void Scheduler::return_unsent(const db::DeliveryKey& key, Time now) {
    Prefetch::stop(lanes_.at(key.webhook_id).prefetch);
    give_up(key, now);
}

// The next one of the lane that was prefetched has the place now, or another lane.
void Scheduler::leave_place(Lane& lane, const Flight& ended, Feedback host, Time now) {
    Host& its_host = *ended.host;
    const bool was_well = its_host.window.is_healthy() && !its_host.window.is_throttled(now);
    its_host.finish(lane.account, host, ended.started, now);
    in_flight_.release(lane.account);
    if (ended.unhealthy) unhealthy_.release(lane.account);
    if (Flight* const next = prefetch_.take_next(lane)) take_place(lane, *next, now);
    wake_host(its_host);
    if (host == Feedback::kSuccess && !was_well) wake_all_of(its_host);
    hosts_.forget_if_unused(its_host);
}

void Scheduler::wake_throttled(Time now) {
    while (const auto webhook = queues_.take_throttled(now)) queues_.add(*webhook, lanes_.at(*webhook));
}

void Scheduler::wake_host(Host& host) {
    const auto may = [&host](model::Id account) { return host.has_room_for(account); };
    for (unsigned room = host.window.room(); room > 0; --room) {
        const std::optional<model::Id> webhook = host.waiting.pop(may);
        if (!webhook) return;
        queues_.add(*webhook, lanes_.at(*webhook));
    }
}

// Somebody has had an answer from the host, so it is there for everybody.
void Scheduler::wake_all_of(const Host& host) {
    for (const model::Id webhook : occupancy_.webhooks_at(&host)) {
        Lane& lane = lanes_.at(webhook);
        if (lane.stand != Stand::kThrottled && lane.stand != Stand::kAtShare) continue;
        queues_.remove(webhook, lane);
        queues_.add(webhook, lane);
    }
}

bool Scheduler::make_place(model::Id account, const Host* host, Time now) {
    std::vector<model::Id> out =
        occupancy_.to_replace(account, host, kPlacesAtOnce,
                              [this](model::Id webhook) { return lanes_.at(webhook).flights.empty(); });
    if (out.empty()) {
        for (const auto& [webhook, lane] : lanes_) {
            const bool throttled = lane.not_before() > now + kLongHold;
            if (lane.account == account && throttled && lane.flights.empty()) out.push_back(webhook);
        }
    }
    for (const model::Id webhook : out) erase(webhook);
    return !out.empty();
}

void Scheduler::erase(model::Id webhook) {
    const auto found = lanes_.find(webhook);
    Lane& lane = found->second;
    queues_.remove(webhook, lane);
    hungry_.erase(lane.account, lane.host, webhook);
    waiting_ -= lane.backlog.size();
    occupancy_.remove(lane.account, lane.host, webhook);
    Host& host = *lane.host;
    lanes_.erase(found);
    --host.webhooks;
    hosts_.forget_if_unused(host);
}

void Scheduler::drop_backlog(model::Id webhook, Lane& lane) {
    queues_.remove(webhook, lane);
    hungry_.erase(lane.account, lane.host, webhook);
    waiting_ -= lane.backlog.size();
    lane.backlog.clear();
}

void Scheduler::forget_waiting() {
    std::vector<model::Id> idle;
    for (auto& [webhook, lane] : lanes_) {
        drop_backlog(webhook, lane);
        if (lane.flights.empty()) idle.push_back(webhook);
    }
    for (const model::Id webhook : idle) erase(webhook);
}

}  // namespace delivery
