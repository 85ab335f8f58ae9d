// Lists what was not delivered, and why: deliveries that failed, are tried again, or are overdue; and rows of
// the outbox that can't become events, or have waited for long. Every event that did not arrive is in this
// list.
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

// Returns at most `most`, the oldest first, of all accounts or of one. Leaves out what was due less than a
// minute ago. The work grows with the number of accounts, but not with what they have. Throws Error.
[[nodiscard]] std::vector<Undelivered> list_undelivered(Connection& connection,
                                                        std::optional<model::Id> account, std::uint64_t most);

}  // namespace db
