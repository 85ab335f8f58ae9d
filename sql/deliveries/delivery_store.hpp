// Changes deliveries for clients and operators: makes them due, or due as if they were new.
#pragma once

#include <optional>
#include <span>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// Makes the webhook start afresh: its earlier outcomes count no more, and its deliveries that wait for a
// later try become due. This makes the first of them due; the daemon does the rest. REQUIRES: the webhook is
// locked in an open transaction. Throws Error.
void start_afresh(Connection& connection, model::Id webhook);

// Makes at most `most` of the webhook's deliveries due that wait for a later try, the latest first. Returns
// how many. Throws Error.
std::uint64_t make_waiting_due(Connection& connection, model::Id webhook, std::uint64_t most);

// Makes the delivery due as if it were new, whatever its state. The outcome of a request that is under way
// counts no more, and the webhook starts afresh. Returns false if there is no such delivery, if its webhook
// or the webhook's target was deleted, or if the webhook does not belong to only_target. REQUIRES: a
// transaction is open. Throws Error.
bool schedule_anew(Connection& connection, model::Id event, model::Id webhook,
                   std::optional<model::Id> only_target = {});

// Makes the webhook's deliveries of these events due as if they were new, those that have failed. Returns how many. The
// caller must make the webhook start afresh. REQUIRES: the webhook is locked in an open transaction; there is an event.
// Throws Error.
std::uint64_t schedule_failed_anew(Connection& connection, model::Id webhook,
                                   std::span<const model::Id> events);

}  // namespace db
