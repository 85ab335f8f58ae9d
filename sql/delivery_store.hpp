// Deliveries as clients and operators change them.
#pragma once

#include <optional>

#include "sql/connection.hpp"
#include "sql/records.hpp"

namespace db {

// Makes the delivery due now as if it were new, whatever its state; what a daemon is just sending for it
// counts no more. False if there is no such delivery, or its webhook or the webhook's target was deleted, or
// the webhook is not one of only_target's. REQUIRES: a transaction is open. Throws Error.
bool schedule_anew(Connection& connection, Id event, Id webhook, std::optional<Id> only_target = {});

// The same for the event that the webhook was greeted with when it was registered, whose delivery may have
// been removed for its age. REQUIRES: the webhook is locked in an open transaction. Throws Error.
void greet_again(Connection& connection, Id greeting, Id webhook);

}  // namespace db
