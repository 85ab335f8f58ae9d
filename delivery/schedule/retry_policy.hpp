// What follows from the outcome of a request: for the delivery, for the webhook, for what the receiver gets
// next.
//
// The contract's rules. 2xx: succeeded. 410: failed, and the webhook is disabled. A destination that
// deliveries may never go to: failed, because trying again changes nothing. Everything else: tried again by
// the schedule (back_off.hpp), until 48 hours have passed since the first try. A fault of the egress proxy
// puts the delivery off and counts neither as a retry nor against the receiver. A request that was sent once
// more at once counts as the retry that it is.
#pragma once

#include "delivery/http/outcome.hpp"
#include "delivery/schedule/concurrency_window.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

// What is known of the delivery when its request has ended.
struct Sent {
    db::DeliveryKey key;
    db::Generation generation = 0;  // of its webhook
    model::Id attempt_id = 0;
    model::Id unanswered_attempt_id = 0;                       // of the request before it, if there was one
    std::int32_t retries = 0;                                  // before this request
    std::optional<std::chrono::microseconds> since_first_try;  // by now; nothing if this was the first
};

struct RetryDecision {
    bool given_back = false;      // it was stopped by ourselves: as if never sent
    db::FinishedDelivery record;  // unless it is given back
    Feedback webhook = Feedback::kNone;
    Feedback host = Feedback::kNone;
    Clock::duration pause{};  // for how long the receiver asks to be let alone
};

// What the outcome tells of the webhook's receiver.
[[nodiscard]] Feedback webhook_feedback(const Outcome& outcome);

// random: evenly distributed in [0, 1).
[[nodiscard]] RetryDecision evaluate(const Sent& sent, const Outcome& outcome, double random);

}  // namespace delivery
