// The order of deliveries to ordered webhooks: one at a time, by the ids of their events. The next one goes
// when the one before it has succeeded or failed for good.
//
// The table ordered_webhooks names the delivery of a webhook that was claimed last. Each claim locks its row
// and looks at that delivery, so the order holds with several workers as well. The scheduler reads the
// unfinished deliveries by find_in_order, and proposes the smallest event.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace db {

// How many unfinished deliveries of a webhook are put in order. If there are more, those that are due first:
// nearly always they have the smallest ids as well.
inline constexpr std::size_t kMostInOrder = 100'000;

// Moves the claims of ordered webhooks that must wait to outcome.waiting. Of each such webhook at most one
// claim is left: that of the smallest event. It must wait while the delivery that was claimed last is
// unfinished and either comes before it or is under a lease. Runs no statement if no webhook is ordered.
// REQUIRES: a transaction is open, and the claimed rows are locked. Throws Error.
void keep_order(Connection& connection, std::vector<ClaimedDelivery>& claims, ClaimBatchOutcome& outcome);

// See DueQueue::unfinished_of. Throws Error.
[[nodiscard]] std::vector<UnfinishedDelivery> find_in_order(Connection& connection,
                                                            std::span<const DueOf> wanted);

// The statements. The enum beside one names the columns of its result.

struct UnfinishedColumn {
    enum : std::size_t { kEvent, kWebhook, kDueIn };
};
// Sorts the unfinished deliveries of each webhook that are due first, which it reads in the index
// deliveries_webhook. A `head` is read by the primary key, and is not due while a worker holds its lease.
[[nodiscard]] std::string select_in_order(std::span<const DueOf> wanted);

// Locks the webhooks' rows, and inserts the missing ones.
[[nodiscard]] std::string lock_order(std::span<const DeliveryKey> first);

// kIsUnfinished: of the delivery that was claimed last. kLeasedFor, kDueIn: 0 for finished ones.
struct OrderColumn {
    enum : std::size_t { kWebhook, kEvent, kIsUnfinished, kLeasedFor, kDueIn };
};
// Takes no locks: a worker that records this delivery may wait for our lock of the webhook's row.
[[nodiscard]] std::string select_claimed_last(std::span<const model::Id> webhooks);

[[nodiscard]] std::string record_claimed_last(std::span<const DeliveryKey> claimed);

}  // namespace db
