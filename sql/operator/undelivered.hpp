// "What was not delivered, and why?": deliveries that failed, are tried again, or should have been sent long
// ago; and rows of the outbox that can't become events, or wait to. The one place that every event which
// didn't arrive is found in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_list.hpp"
#include "sql/events/outbox_list.hpp"

namespace db {

// Either a delivery or a row of the outbox.
struct Undelivered {
    model::Time since;  // when the event occurred
    std::optional<ListedDelivery> delivery;
    std::optional<OutboxRow> outbox;
};

// The oldest first, at most that many; of all accounts or of one. What was due less than a minute ago is not
// among them. Throws Error.
[[nodiscard]] std::vector<Undelivered> list_undelivered(Connection& connection,
                                                        std::optional<model::Id> account, std::uint64_t most);

}  // namespace db
