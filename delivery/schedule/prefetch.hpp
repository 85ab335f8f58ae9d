// Prefetch: a webhook's next request starts the moment that one of its own has succeeded, without a
// transaction of the database in between, which takes much longer than a quick receiver does.
//
// The scheduler's thread has Prefetch: it decides how many deliveries of a webhook are claimed beyond its
// concurrency window. They hold no slot; each takes the slot of one before it when that one has ended. No
// more are claimed than have succeeded in a row, so no receiver makes us claim in vain more often than it
// succeeds; and only while nobody else waits for the host.
//
// The sender's thread has PrefetchQueue, where they wait. Of each webhook as many are in flight at once as
// were when the last one was handed over. The first outcome that is no success returns those of its webhook
// that wait, unsent, and so does waiting for too long: leases run out, and webhooks change. After an outcome
// that asks for patience those are returned, too, that were handed over before it was known. To tell these
// from later ones, each time that outcomes are handed back has a number, the generation.
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

// What is known of one webhook.
struct PrefetchState {
    std::size_t claimed = 0;    // beyond the window
    std::size_t successes = 0;  // in a row
    Clock::duration pace{};     // how long its last requests took
};

class Prefetch {
  public:
    using Time = Clock::time_point;

    // most: deliveries in all; they are divided among accounts.
    explicit Prefetch(std::size_t most) : most_(most), share_(most) {}

    // Whether one more may be claimed, though the webhook gets no slot now.
    [[nodiscard]] bool allows(const WebhookQueue& queue, Time now) const;
    void claim(WebhookQueue& queue, InFlight& request);
    // The request of this event has ended. If it was prefetched, it has followed another whose outcome isn't
    // known yet: it takes that one's slot, which waits for its turn in its place.
    static void give_slot(WebhookQueue& queue, model::Id event);
    // A slot of the webhook is free: the delivery that it goes to, if one waits.
    [[nodiscard]] InFlight* take_next(WebhookQueue& queue);
    // One that was prefetched has ended, or was given up, without a slot.
    void release(WebhookQueue& queue);
    // The outcome of a request that took so long.
    void note(PrefetchState& state, Feedback feedback, Clock::duration took) const;
    // Nothing more is claimed until the webhook succeeds again.
    static void stop(PrefetchState& state) { state.successes = 0; }

    [[nodiscard]] std::size_t used() const { return share_.used(); }

  private:
    const std::size_t most_;
    FairShare share_;
};

struct PrefetchedDelivery {
    std::uint64_t tag = 0;  // of the request that is to be made
    db::ClaimedDelivery claim;
    unsigned at_once = 1;  // of this webhook, from now on
};

class PrefetchQueue {
  public:
    using Time = Clock::time_point;

    explicit PrefetchQueue(Clock::duration longest_wait) : longest_wait_(longest_wait) {}

    // Those that come from now on were handed over when this generation of outcomes was known.
    void learn(std::uint64_t generation);
    // The one to start now, if there is one.
    [[nodiscard]] std::optional<PrefetchedDelivery> add(PrefetchedDelivery delivery, Time now);
    // A request has ended, and its outcome will be of this generation. The one to start in its place, if
    // there is one.
    [[nodiscard]] std::optional<PrefetchedDelivery> finish(std::uint64_t tag, Feedback feedback,
                                                           std::uint64_t generation, Time now);
    // Returns what has waited for too long.
    void expire(Time now);
    // Returns all that waits.
    void clear();

    // Tags of those that were returned since the last call.
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
    std::unordered_map<std::uint64_t, model::Id> webhooks_;  // of the tags in flight
    std::unordered_map<model::Id, std::uint64_t> closed_;    // until this generation is known
    std::vector<std::uint64_t> unsent_;
    std::size_t waiting_ = 0;
    Time next_look_{};
};

}  // namespace delivery
