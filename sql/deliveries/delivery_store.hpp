// Deliveries as clients and operators change them.
#pragma once

#include <optional>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// What was learnt of the webhook until now counts no more. Its deliveries that wait for a later try become
// due: the first of them here, the rest by the daemon. REQUIRES: the webhook is locked in an open
// transaction. Throws Error.
void start_afresh(Connection& connection, model::Id webhook);

// Makes deliveries of the webhook due that wait for a later try, the latest first, at most `most`. Returns
// how many. Throws Error.
std::uint64_t make_waiting_due(Connection& connection, model::Id webhook, std::uint64_t most);

// Makes the delivery due as if it were new, whatever its state. A request for it that is under way counts no
// more, and its webhook starts afresh. False if there is no such delivery, if its webhook or the webhook's
// target was deleted, or if the webhook is not one of only_target's. REQUIRES: a transaction is open. Throws
// Error.
bool schedule_anew(Connection& connection, model::Id event, model::Id webhook,
                   std::optional<model::Id> only_target = {});

// The same for the event that greeted the webhook when it was registered. Its delivery is made again if it
// was removed because of its age. The caller lets the webhook start afresh. REQUIRES: the webhook is locked
// in an open transaction. Throws Error.
void greet_again(Connection& connection, model::Id greeting, model::Id webhook);

}  // namespace db
