#include "delivery/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

// How long a lane waits at most before it looks whether others still have what it wants.
constexpr std::chrono::seconds kLookAgain{1};
// Lanes that are held for longer make place for others, when there are too many.
constexpr std::chrono::seconds kLongHold{5};
// What is claimed ahead should be on its way after that time, by the pace of those before.
constexpr std::chrono::milliseconds kAheadTime{100};
// For how long a lane goes on reading the queue where it has come to. What appeared behind that place
// meanwhile must not wait for the end of a long backlog.
constexpr std::chrono::seconds kReadOnTime{1};

}  // namespace

bool Scheduler::add_webhook(db::Id webhook, const std::string& host, Time now) {
    if (knows(webhook)) return true;
    if (lanes_.size() >= limits_.lanes && !make_place(now)) return false;
    Host& its_host = host_named(host);
    ++its_host.lanes;
    lanes_.try_emplace(webhook, &its_host, limits_.per_webhook);
    return true;
}

Scheduler::Host& Scheduler::host_named(const std::string& name) {
    if (hosts_.size() >= limits_.lanes) forget_unused_hosts();
    return hosts_.try_emplace(name, name, limits_.per_host).first->second;
}

void Scheduler::forget_unused_hosts() {
    std::erase_if(
        hosts_, [](const auto& host) { return host.second.lanes == 0 && host.second.gate.in_flight() == 0; });
}

// Those that are proven are remembered, as long as there is place: what comes next for them need not wait
// among those that are not.
void Scheduler::forget_if_unused(Host& host) {
    if (host.lanes != 0 || host.gate.in_flight() != 0 || host.gate.proven()) return;
    const std::string name = host.name;
    hosts_.erase(name);
}

void Scheduler::move_webhook(db::Id webhook, const std::string& host) {
    Lane& lane = lanes_.at(webhook);
    Host& former = *lane.host;
    if (former.name == host) return;
    former.held.erase(webhook);
    if (lane.stand == Stand::kAtHost) {
        std::erase(former.aside, webhook);
        make_ready(webhook, lane);
    }
    lane.host = &host_named(host);
    ++lane.host->lanes;
    --former.lanes;
    forget_if_unused(former);
}

void Scheduler::offer(const db::DeliveryKey& key) {
    Lane& lane = lanes_.at(key.webhook_id);
    if (lane.waiting.size() >= capacity(lane)) {
        lane.more = true;
        return;
    }
    const bool waits =
        std::find(lane.waiting.begin(), lane.waiting.end(), key.event_id) != lane.waiting.end();
    const bool flies = std::any_of(lane.flights.begin(), lane.flights.end(),
                                   [&key](const Flight& flight) { return flight.event == key.event_id; });
    if (waits || flies) return;
    lane.waiting.push_back(key.event_id);
    ++waiting_;
    if (lane.stand == Stand::kIdle) make_ready(key.webhook_id, lane);
}

void Scheduler::wait_for_others(db::Id webhook, Time now, Clock::duration time) {
    Lane& lane = lanes_.at(webhook);
    lane.more = true;
    lane.others_until = now + std::min<Clock::duration>(time, kLookAgain);
    if (lane.stand == Stand::kIdle) make_ready(webhook, lane);
}

std::vector<db::DueOf> Scheduler::take_hungry(std::size_t most, Time now) {
    std::vector<db::DueOf> taken;
    while (taken.size() < most && !hungry_.empty()) {
        const auto found = lanes_.find(hungry_.front());
        hungry_.pop_front();
        if (found == lanes_.end()) continue;
        Lane& lane = found->second;
        db::DueOf wanted{.webhook_id = found->first,
                         .most = std::max(capacity(lane), lane.waiting.size() + 1) - lane.waiting.size(),
                         .behind = {}};
        if (now < lane.read_from_start_at) {
            wanted.behind = lane.read_to;
        } else {
            wanted.most += lane.waiting.size() + lane.flights.size();  // which it would see again
            lane.read_from_start_at = now + kReadOnTime;
        }
        taken.push_back(std::move(wanted));
    }
    return taken;
}

void Scheduler::answer_hunger(const db::DueOf& wanted, std::optional<db::DuePlace> last) {
    const auto found = lanes_.find(wanted.webhook_id);
    if (found == lanes_.end()) return;
    Lane& lane = found->second;
    // Where it was read on, what is behind that place has not been seen.
    lane.more = last || wanted.behind;
    if (last) {
        lane.read_to = std::move(*last);
    } else {
        lane.read_from_start_at = {};
    }
    end_asking(wanted.webhook_id, lane);
}

void Scheduler::ask_again(db::Id webhook) {
    const auto found = lanes_.find(webhook);
    if (found == lanes_.end()) return;
    found->second.read_from_start_at = {};
    end_asking(webhook, found->second);
}

void Scheduler::end_asking(db::Id webhook, Lane& lane) {
    lane.asked = false;
    if (lane.stand == Stand::kIdle) make_ready(webhook, lane);
}

std::vector<db::DeliveryKey> Scheduler::pick(Time now, std::size_t most) {
    wake_held(now);
    wake_share();
    std::vector<db::DeliveryKey> picked;
    while (picked.size() < most && in_flight_ < limits_.in_flight && !ready_.empty()) {
        const db::Id webhook = ready_.front();
        ready_.pop_front();
        Lane& lane = lanes_.at(webhook);
        lane.stand = Stand::kIdle;
        if (has_nothing(webhook, lane, now)) continue;
        const bool ahead = !may_send(lane, now);
        if (ahead && !may_claim_ahead(lane, now)) {
            stand_aside(webhook, lane, now);
            continue;
        }
        picked.push_back(claim(webhook, lane, now, ahead));
        make_ready(webhook, lane);
    }
    return picked;
}

Scheduler::Time Scheduler::held_until(const Lane& lane) {
    return std::max({lane.gate.held_until(), lane.host->gate.held_until(), lane.others_until});
}

bool Scheduler::may_send(const Lane& lane, Time now) const {
    return held_until(lane) <= now && lane.gate.has_room() && lane.host->gate.has_room() &&
           (!is_unproven(lane) || unproven_ < unproven_share());
}

// No more than have succeeded in a row, so no receiver makes us claim in vain more often than it succeeds.
// Nor while others wait for its host: they get the next places.
bool Scheduler::may_claim_ahead(const Lane& lane, Time now) const {
    if (ahead_ >= limits_.ahead || lane.ahead >= lane.successes || lane.gate.in_flight() == 0) return false;
    if (held_until(lane) > now || !lane.gate.proven() || !lane.host->aside.empty()) return false;
    return lane.pace * static_cast<long>(lane.ahead) <= kAheadTime * lane.gate.in_flight();
}

void Scheduler::stand_aside(db::Id webhook, Lane& lane, Time now) {
    Host& host = *lane.host;
    if (!lane.gate.has_room()) {
        wake_host(host);  // the lane goes on when one of its requests ends
    } else if (held_until(lane) > now) {
        hold(webhook, lane, held_until(lane));
        if (!host.gate.held(now)) {
            wake_host(host);
        } else {
            host.held.insert(webhook);
        }
    } else if (!host.gate.has_room()) {
        lane.stand = Stand::kAtHost;
        host.aside.push_back(webhook);
    } else {
        lane.stand = Stand::kAtShare;
        at_share_.push_back(webhook);
    }
}

// Nothing to send here: it asks for more, or stays for the sake of what it knows, or is forgotten.
bool Scheduler::has_nothing(db::Id webhook, Lane& lane, Time now) {
    const bool held = std::max(lane.gate.held_until(), lane.others_until) > now;
    const bool short_of = lane.waiting.size() < limits_.per_webhook + lane.ahead / 2;
    if (lane.more && !held && short_of) ask_for_more(webhook, lane);
    if (!lane.waiting.empty()) return false;
    if (!lane.host->gate.held(now)) wake_host(*lane.host);
    if (held) {
        hold(webhook, lane, std::max(lane.gate.held_until(), lane.others_until));
    } else if (!lane.more && !lane.asked && lane.flights.empty()) {
        erase(webhook);
    }
    return true;
}

bool Scheduler::is_unproven(const Lane& lane) {
    return !lane.gate.proven() && (lane.gate.failing() || !lane.host->gate.proven());
}

void Scheduler::ask_for_more(db::Id webhook, Lane& lane) {
    if (lane.asked) return;
    lane.asked = true;
    hungry_.push_back(webhook);
}

db::DeliveryKey Scheduler::claim(db::Id webhook, Lane& lane, Time now, bool ahead) {
    const db::Id event = lane.waiting.front();
    lane.waiting.erase(lane.waiting.begin());
    --waiting_;
    Flight& flight = lane.flights.emplace_back();
    flight.event = event;
    flight.ahead = ahead;
    if (ahead) {
        ++lane.ahead;
        ++ahead_;
    } else {
        take_place(lane, flight, now);
    }
    return {event, webhook};
}

void Scheduler::take_place(Lane& lane, Flight& flight, Time now) {
    flight.started = now;
    flight.unproven = is_unproven(lane);
    flight.host = lane.host;
    lane.gate.start();
    lane.host->gate.start();
    ++in_flight_;
    if (flight.unproven) ++unproven_;
}

void Scheduler::finish(const db::DeliveryKey& key, Signal webhook, Signal host, Time now,
                       Clock::duration hold_for, Clock::duration took) {
    Lane& lane = lanes_.at(key.webhook_id);
    auto flight = std::find_if(lane.flights.begin(), lane.flights.end(),
                               [&key](const Flight& one) { return one.event == key.event_id; });
    if (flight->ahead && webhook != Signal::kNone) {
        // It has followed another whose outcome we don't know yet; that one takes its turn.
        const auto other = std::find_if(lane.flights.begin(), lane.flights.end(),
                                        [](const Flight& one) { return !one.ahead; });
        std::swap(flight->event, other->event);
        flight = other;
    }
    note(lane, webhook, took);
    const Flight ended = *flight;
    lane.flights.erase(flight);
    if (ended.ahead) {
        --lane.ahead;
        --ahead_;
    } else {
        lane.gate.finish(webhook, ended.started, now, hold_for);
        leave_place(lane, ended, host, now);
    }
    if (lane.stand == Stand::kIdle) make_ready(key.webhook_id, lane);
}

void Scheduler::come_back(const db::DeliveryKey& key, Time now) {
    lanes_.at(key.webhook_id).successes = 0;
    give_up(key, now);
}

// The lane's next one that was claimed ahead has the place now, or another lane.
void Scheduler::leave_place(Lane& lane, const Flight& ended, Signal host, Time now) {
    ended.host->gate.finish(host, ended.started, now);
    if (host == Signal::kSuccess) open_host(*ended.host);
    --in_flight_;
    if (ended.unproven) --unproven_;
    if (lane.ahead > 0) {
        const auto next = std::find_if(lane.flights.begin(), lane.flights.end(),
                                       [](const Flight& one) { return one.ahead; });
        next->ahead = false;
        --lane.ahead;
        --ahead_;
        take_place(lane, *next, now);
    }
    wake_host(*ended.host);
    forget_if_unused(*ended.host);
}

void Scheduler::note(Lane& lane, Signal signal, Clock::duration took) const {
    constexpr int kWeight = 8;
    if (signal == Signal::kNone) return;
    if (signal != Signal::kSuccess) {
        lane.successes = 0;
    } else if (lane.successes < limits_.ahead) {
        ++lane.successes;
    }
    lane.pace += (took - lane.pace) / kWeight;
}

Scheduler::Time Scheduler::next_change() const {
    return held_.empty() ? Time::max() : held_.top().at;
}

void Scheduler::make_ready(db::Id webhook, Lane& lane) {
    lane.stand = Stand::kReady;
    ready_.push_back(webhook);
}

void Scheduler::hold(db::Id webhook, Lane& lane, Time until) {
    lane.stand = Stand::kHeld;
    held_.push({until, webhook});
}

void Scheduler::wake_held(Time now) {
    while (!held_.empty() && held_.top().at <= now) {
        const db::Id webhook = held_.top().webhook;
        held_.pop();
        const auto lane = lanes_.find(webhook);
        if (lane != lanes_.end() && lane->second.stand == Stand::kHeld) make_ready(webhook, lane->second);
    }
}

void Scheduler::wake_share() {
    for (std::size_t room = unproven_share() - std::min(unproven_, unproven_share()); room > 0; --room) {
        if (at_share_.empty()) return;
        make_ready(at_share_.front(), lanes_.at(at_share_.front()));
        at_share_.pop_front();
    }
}

void Scheduler::wake_host(Host& host) {
    for (unsigned room = host.gate.room(); room > 0 && !host.aside.empty(); --room) {
        make_ready(host.aside.front(), lanes_.at(host.aside.front()));
        host.aside.pop_front();
    }
}

// Somebody has had an answer from it, so it is there for everybody.
void Scheduler::open_host(Host& host) {
    host.gate.open();
    for (const db::Id webhook : std::exchange(host.held, {})) {
        Lane& lane = lanes_.at(webhook);
        if (lane.stand == Stand::kHeld) make_ready(webhook, lane);
    }
}

bool Scheduler::make_place(Time now) {
    std::vector<db::Id> held;
    for (const auto& [webhook, lane] : lanes_) {
        if (lane.stand == Stand::kHeld && lane.flights.empty() &&
            std::max(lane.gate.held_until(), lane.host->gate.held_until()) > now + kLongHold) {
            held.push_back(webhook);
        }
    }
    for (const db::Id webhook : held) erase(webhook);
    return !held.empty();
}

void Scheduler::erase(db::Id webhook) {
    const auto lane = lanes_.find(webhook);
    waiting_ -= lane->second.waiting.size();
    Host& host = *lane->second.host;
    host.held.erase(webhook);
    lanes_.erase(lane);
    --host.lanes;
    forget_if_unused(host);
}

void Scheduler::forget_waiting() {
    ready_.clear();
    at_share_.clear();
    hungry_.clear();
    held_ = {};
    for (auto& [name, host] : hosts_) host.aside.clear();
    std::vector<db::Id> idle;
    for (auto& [webhook, lane] : lanes_) {
        waiting_ -= lane.waiting.size();
        lane.waiting.clear();
        lane.more = lane.asked = false;
        lane.stand = Stand::kIdle;
        if (lane.flights.empty()) idle.push_back(webhook);
    }
    for (const db::Id webhook : idle) erase(webhook);
}

}  // namespace delivery
