#include "delivery/dispatch/in_flight_requests.hpp"

namespace delivery {

std::uint64_t InFlightRequests::add(const db::ClaimedDelivery& claim, Time now) {
    const std::uint64_t tag = next_tag_++;
    requests_.emplace(tag, Request{.key = claim.key,
                                   .generation = claim.generation,
                                   .attempt_id = model::generate_id(),
                                   .retries = claim.delivery().retries,
                                   .since_first_try = claim.since_first_try,
                                   .claimed = now});
    return tag;
}

Sent InFlightRequests::take(const Outcome& outcome, Time now) {
    const auto found = requests_.find(outcome.tag);
    const Request request = found->second;
    requests_.erase(found);
    Sent sent{.key = request.key,
              .generation = request.generation,
              .attempt_id = outcome.unanswered ? model::generate_id() : request.attempt_id,
              .unanswered_attempt_id = request.attempt_id,
              .retries = request.retries,
              .since_first_try = request.since_first_try};
    if (sent.since_first_try) {
        *sent.since_first_try += std::chrono::duration_cast<std::chrono::microseconds>(now - request.claimed);
    }
    return sent;
}

db::DeliveryKey InFlightRequests::take_unsent(std::uint64_t tag) {
    const auto found = requests_.find(tag);
    const db::DeliveryKey key = found->second.key;
    requests_.erase(found);
    return key;
}

}  // namespace delivery
