// Makes the request for a delivery: the event as clients see it, with this delivery only, and the headers of
// Standard Webhooks 1.0.0, signed with the webhook's secret and those that it has replaced lately. The webhook's own
// headers follow.
#pragma once

#include <cstdint>

#include "delivery/http/sender.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

// unix_seconds: the time of this attempt.
[[nodiscard]] Request message_of(const db::ClaimedDelivery& claim, std::uint64_t tag,
                                 std::int64_t unix_seconds);

}  // namespace delivery
