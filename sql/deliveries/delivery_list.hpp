// Lists deliveries, each with the reason why it has failed or is tried again: for clients page by page
// (list_scan.hpp), and for the operator.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"
#include "sql/connection/statement.hpp"

namespace db {

struct ListedDelivery {
    model::Id event_id = 0;
    model::Id webhook_id = 0;
    model::Id account_id = 0;
    std::string api_version;
    std::string event_type;
    model::Time occurred_at;
    model::DeliveryStatus status = model::DeliveryStatus::kScheduled;
    std::optional<model::Time> next_try;
    std::int32_t retries = 0;
    std::optional<std::string> reason;
};

// An absent field does not filter.
struct DeliveryFilter {
    std::optional<model::DeliveryStatus> status{};
    std::optional<model::Time> since{};  // the event occurred then or later
    std::optional<model::Time> until{};  // the event occurred before
};

// All functions throw Error.

// The deliveries of a webhook, the newest event first, by the ids of the events.
[[nodiscard]] ListPart find_deliveries_of_webhook(Connection& connection, model::Id webhook,
                                                  const DeliveryFilter& filter, const ListSlice& slice);
[[nodiscard]] ListCount count_deliveries_of_webhook(Connection& connection, model::Id webhook,
                                                    const DeliveryFilter& filter);
// Returns those of them that exist, in the order of the list. REQUIRES: there is an id.
[[nodiscard]] std::vector<ListedDelivery> read_deliveries_of_webhook(Connection& connection,
                                                                     model::Id webhook,
                                                                     std::span<const model::Id> events);

// The same for the deliveries of an event, the newest webhook first, by the ids of the webhooks.
[[nodiscard]] ListPart find_deliveries_of_event(Connection& connection, model::Id event,
                                                const ListSlice& slice);
[[nodiscard]] ListCount count_deliveries_of_event(Connection& connection, model::Id event);
[[nodiscard]] std::vector<ListedDelivery> read_deliveries_of_event(Connection& connection, model::Id event,
                                                                   std::span<const model::Id> webhooks);

// What is read together with the access: whether the event has a delivery to the webhook.
struct DeliveryRead {
    bool is_found = false;
    bool is_of_target = false;  // the webhook belongs to a target, not to the account
};
[[nodiscard]] JoinedRead read_delivery(model::Id event, model::Id webhook);
[[nodiscard]] DeliveryRead delivery_read(const Rows& rows, std::size_t first_column);

[[nodiscard]] std::optional<ListedDelivery> find_listed_delivery(Connection& connection, model::Id event,
                                                                 model::Id webhook);

// A delivery counts as overdue this long after its next try was due.
inline constexpr std::uint64_t kOverdueSeconds = 60;

}  // namespace db
