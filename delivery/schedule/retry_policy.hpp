// Turns the outcome of a request into a retry decision: the delivery's next state, and the feedback for the
// concurrency windows of its webhook and its host.
//
// The contract's rules. 2xx: succeeded. 410: failed, and the webhook is disabled. A destination that
// deliveries may never go to: failed, because a retry would change nothing. Everything else: retried by the
// schedule (back_off.hpp), until 48 hours have passed since the first try. A fault of the egress proxy puts
// the delivery off and counts neither as a retry nor against the receiver. A request that the sender sent
// once more counts as a retry.
#pragma once

#include "delivery/http/outcome.hpp"
#include "delivery/schedule/concurrency_window.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

// What the dispatcher knows of a delivery when its request has ended.
struct Sent {
    db::DeliveryKey key;
    db::Generation generation = 0;  // of its webhook
    model::Id attempt_id = 0;
    model::Id unanswered_attempt_id = 0;                       // of the request before it, if there was one
    std::int32_t retries = 0;                                  // before this request
    std::optional<std::chrono::microseconds> since_first_try;  // by now; nullopt if this was the first
};

struct RetryDecision {
    bool given_back = false;      // we stopped the request: the delivery counts as never sent
    db::FinishedDelivery record;  // unless given_back
    Feedback webhook = Feedback::kNone;
    Feedback host = Feedback::kNone;
    Clock::duration pause{};  // the throttle that the receiver asks for
};

// The feedback for the webhook's window.
[[nodiscard]] Feedback webhook_feedback(const Outcome& outcome);

// random: uniform in [0, 1).
[[nodiscard]] RetryDecision evaluate(const Sent& sent, const Outcome& outcome, double random);

}  // namespace delivery
