// Lists deliveries for the operator, each with the reason why it has failed or is tried again.
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

// All functions throw Error.

// In the order of the webhooks' ids.
[[nodiscard]] std::vector<ListedDelivery> list_deliveries_of_event(Connection& connection, model::Id event,
                                                                   const model::Slice& slice);

// Lists the deliveries that are still to be sent, the next one due first, and then the finished ones, the
// newest event first.
[[nodiscard]] std::vector<ListedDelivery> list_deliveries_of_webhook(Connection& connection,
                                                                     model::Id webhook,
                                                                     const model::Slice& slice);

[[nodiscard]] std::optional<ListedDelivery> find_listed_delivery(Connection& connection, model::Id event,
                                                                 model::Id webhook);

// A delivery counts as overdue this long after its next try was due.
inline constexpr std::uint64_t kOverdueSeconds = 60;

// Lists an account's deliveries that have not reached their receiver: failed, rescheduled, or overdue. Those
// of the oldest events, at most `most` of each of the three.
[[nodiscard]] std::vector<ListedDelivery> list_undelivered_of_account(Connection& connection,
                                                                      model::Id account, std::uint64_t most);

}  // namespace db
