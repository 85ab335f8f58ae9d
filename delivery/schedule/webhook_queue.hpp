// The state of one webhook in the scheduler: its due deliveries, its claimed ones, and the health of its
// receiver.
//
// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "delivery/schedule/backlog.hpp"
#include "delivery/schedule/concurrency_window.hpp"
#include "delivery/schedule/hosts.hpp"
#include "delivery/schedule/prefetch.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

struct InFlight {
    model::Id event = 0;
    std::size_t bytes = 0;
    Clock::time_point started;
    bool unhealthy = false;
    bool prefetched = false;  // holds no slot yet
    Host* host = nullptr;
};

struct WebhookQueue {
    enum class State { kIdle, kReady, kThrottled, kWaitingForHost, kWaitingForSlot };

    WebhookQueue(const db::WebhookAddress& webhook, Host* its_host, unsigned most);

    // Both return end() if there is none.
    [[nodiscard]] std::vector<InFlight>::iterator request_of(model::Id event) {
        return std::find_if(requests.begin(), requests.end(),
                            [event](const InFlight& one) { return one.event == event; });
    }
    [[nodiscard]] std::vector<InFlight>::iterator first_request(bool prefetched) {
        return std::find_if(requests.begin(), requests.end(),
                            [prefetched](const InFlight& one) { return one.prefetched == prefetched; });
    }
    [[nodiscard]] Clock::time_point not_before() const {
        return std::max({window.throttled_until(), host->window.throttled_until(), others_until});
    }
    [[nodiscard]] bool is_unhealthy() const {
        return !window.is_healthy() && (window.failing() || !host->window.is_healthy());
    }
    // Whether one more request may be in flight, as far as the webhook is concerned.
    [[nodiscard]] bool has_room() const { return ordered ? requests.empty() : window.has_room(); }
    // Forgets what was learnt before that generation. The database may have more deliveries of it.
    void start_afresh(db::Generation its_generation);

    model::Id account;
    db::Generation generation;
    Host* host;
    ConcurrencyWindow window;
    Backlog backlog;
    std::vector<InFlight> requests;
    PrefetchState prefetch;
    Clock::time_point others_until{};     // until then another worker holds the leases
    Clock::time_point throttled_until{};  // in State::kThrottled
    bool recorded_failing;
    bool ordered;
    // Of an ordered webhook: the delivery for which all others wait until others_until, because it is to be
    // tried later, or another worker holds its lease. 0: there is none. The backlog is empty meanwhile.
    model::Id head = 0;
    std::size_t read_at_once = 0;  // of an ordered webhook: how many deliveries a refill reads
    State state = State::kIdle;
};

}  // namespace delivery
