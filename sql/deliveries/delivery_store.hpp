// Deliveries as clients and operators change them.
#pragma once

#include <optional>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// What was learnt of the webhook until now counts no more. Its deliveries that wait for a later try become due:
// the first of them here, the rest by the daemon. REQUIRES: the webhook is locked in an open transaction.
// Throws Error.
void start_afresh(Connection& connection, model::Id webhook);

// Makes those due now that the webhook has waiting for a later try, the last ones first; how many, at most so
// many. Throws Error.
std::uint64_t make_waiting_due(Connection& connection, model::Id webhook, std::uint64_t most);

// Makes the delivery due now as if it were new, whatever its state; what a daemon is just sending for it
// counts no more, and its webhook starts afresh. False if there is no such delivery, or its webhook or the
// webhook's target was deleted, or the webhook is not one of only_target's. REQUIRES: a transaction is open.
// Throws Error.
bool schedule_anew(Connection& connection, model::Id event, model::Id webhook,
                   std::optional<model::Id> only_target = {});

// The same for the event that the webhook was greeted with when it was registered, whose delivery may have
// been removed for its age; whoever calls it lets the webhook start afresh. REQUIRES: the webhook is locked
// in an open transaction. Throws Error.
void greet_again(Connection& connection, model::Id greeting, model::Id webhook);

}  // namespace db
