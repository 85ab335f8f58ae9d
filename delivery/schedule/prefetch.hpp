// Prefetch: deliveries of a webhook are claimed before its window has room for them, so that its next request
// starts at the moment when one succeeds. A transaction in between would take much longer than a quick
// receiver does.
//
// Prefetch belongs to the dispatcher. It decides how many deliveries of a webhook are claimed beyond its
// concurrency window. They hold no slot: each takes the slot of an earlier request when that one has ended.
// At most as many are claimed as have succeeded in a row, so a receiver never causes more useless claims than
// it has successes. Nothing is prefetched while other webhooks wait for the host.
//
// PrefetchQueue belongs to the sender thread. The prefetched deliveries wait in it. It keeps as many requests
// of a webhook in flight as the dispatcher said with the last delivery. A request that doesn't succeed
// returns its webhook's waiting deliveries unsent. Deliveries that have waited for too long are returned as
// well, because leases run out and webhooks change. After a slow outcome, deliveries are also returned that
// the dispatcher handed over before it knew of that outcome. To tell these from later ones, the sender thread
// numbers the times when it hands outcomes back: the generation.
//
// Pure: no clock, no network.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "delivery/schedule/concurrency_window.hpp"
#include "delivery/schedule/fairness/fair_share.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

struct InFlight;
struct WebhookQueue;

// The prefetch of one webhook.
struct PrefetchState {
    std::size_t claimed = 0;    // beyond the window
    std::size_t successes = 0;  // in a row
    Clock::duration pace{};     // how long its requests take, as a moving average
};

class Prefetch {
  public:
    using Time = Clock::time_point;

    // most: prefetched deliveries in all, divided among accounts.
    explicit Prefetch(std::size_t most) : most_(most), share_(most) {}

    // Whether one more delivery may be claimed without a slot.
    [[nodiscard]] bool allows(const WebhookQueue& queue, Time now) const;
    void claim(WebhookQueue& queue, InFlight& request);
    // The request of this event was sent and has ended. If it was prefetched, it was sent after another
    // request whose outcome isn't known here yet: the two exchange their slots.
    static void give_slot(WebhookQueue& queue, model::Id event);
    // A slot of the webhook is free. Returns the prefetched request that gets it, or nullptr if there is
    // none.
    [[nodiscard]] InFlight* take_next(WebhookQueue& queue);
    // A prefetched request has ended, or was given up, without a slot.
    void release(WebhookQueue& queue);
    // Records the feedback of a request and its duration.
    void note(PrefetchState& state, Feedback feedback, Clock::duration took) const;
    // Nothing more is prefetched until the webhook succeeds again.
    static void stop(PrefetchState& state) { state.successes = 0; }

    [[nodiscard]] std::size_t used() const { return share_.used(); }

  private:
    const std::size_t most_;
    FairShare share_;
};

struct PrefetchedDelivery {
    std::uint64_t tag = 0;  // of the request
    db::ClaimedDelivery claim;
    unsigned at_once = 1;  // requests of the webhook in flight, from now on
};

class PrefetchQueue {
  public:
    using Time = Clock::time_point;

    explicit PrefetchQueue(Clock::duration longest_wait) : longest_wait_(longest_wait) {}

    // The deliveries added from now on were handed over when this generation of outcomes was known.
    void learn(std::uint64_t generation);
    // Returns the delivery to start now, if there is one.
    [[nodiscard]] std::optional<PrefetchedDelivery> add(PrefetchedDelivery delivery, Time now);
    // A request has ended, and its outcome will be of this generation. Returns the delivery to start next, if
    // there is one.
    [[nodiscard]] std::optional<PrefetchedDelivery> finish(std::uint64_t tag, Feedback feedback,
                                                           std::uint64_t generation, Time now);
    // Returns, unsent, the deliveries that have waited for too long.
    void expire(Time now);
    // Returns, unsent, all that wait.
    void clear();

    // The tags of the deliveries returned unsent since the last call.
    [[nodiscard]] std::vector<std::uint64_t> take_unsent();
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    [[nodiscard]] bool is_empty() const { return waiting_ == 0; }

  private:
    struct Waiting {
        PrefetchedDelivery delivery;
        Time since;
    };
    struct Line {  // of one webhook
        unsigned in_flight = 0;
        unsigned at_once = 1;
        std::list<Waiting> waiting;
    };

    [[nodiscard]] std::optional<PrefetchedDelivery> start_next(model::Id webhook, Line& line);
    void return_front(Line& line);
    void expire(Line& line, Time now);

    const Clock::duration longest_wait_;
    std::unordered_map<model::Id, Line> lines_;
    std::unordered_map<std::uint64_t, model::Id> webhooks_;  // by the tag in flight
    std::unordered_map<model::Id, std::uint64_t> closed_;    // webhooks, until that generation is known
    std::vector<std::uint64_t> unsent_;
    std::size_t waiting_ = 0;
    Time next_look_{};
};

}  // namespace delivery
