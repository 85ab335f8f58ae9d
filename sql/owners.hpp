// Whose an object is, for the operator, who names objects by nothing but their ids.
#pragma once

#include "sql/connection.hpp"
#include "sql/records.hpp"
#include "sql/refused.hpp"

namespace db {

// All throw Refused if there is no such object, and Error.
Owner owner_of_account(Connection& connection, Id account);
Owner owner_of_target(Connection& connection, Id target);  // deleted or not
Owner owner_of_event(Connection& connection, Id event);

// Deleted or not.
void require_webhook(Connection& connection, Id webhook);

// The same as owner_of_target for one that is not deleted, and won't be before the transaction ends: what is
// recorded in it comes before the event target_deleted. REQUIRES: a transaction is open.
Owner hold_target(Connection& connection, Id target);

}  // namespace db
