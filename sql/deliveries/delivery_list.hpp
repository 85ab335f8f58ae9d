// Deliveries as the operator looks at them: one by one, each with the reason why it has failed or is tried
// again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

struct ListedDelivery {
    model::Id event_id = 0;
    model::Id webhook_id = 0;
    model::Id account_id = 0;
    std::string event_type;
    model::Time occurred_at;
    model::DeliveryStatus status = model::DeliveryStatus::kScheduled;
    std::optional<model::Time> next_try;
    std::int32_t retries = 0;
    std::optional<std::string> reason;
};

// In the order of the webhooks' ids. All throw Error.
[[nodiscard]] std::vector<ListedDelivery> list_deliveries_of_event(Connection& connection, model::Id event,
                                                                   const model::Slice& slice);

// First those that are still to be sent, the next one due first; then those that are done with, the newest
// event first.
[[nodiscard]] std::vector<ListedDelivery> list_deliveries_of_webhook(Connection& connection,
                                                                     model::Id webhook,
                                                                     const model::Slice& slice);

[[nodiscard]] std::optional<ListedDelivery> find_listed_delivery(Connection& connection, model::Id event,
                                                                 model::Id webhook);

// How long after it was due a delivery counts as one that waits.
inline constexpr std::uint64_t kOverdueSeconds = 60;

// An account's deliveries that have not reached their receiver: failed, rescheduled, or overdue. Those of the
// oldest events, at most that many of each of the three.
[[nodiscard]] std::vector<ListedDelivery> list_undelivered_of_account(Connection& connection,
                                                                      model::Id account, std::uint64_t most);

}  // namespace db
