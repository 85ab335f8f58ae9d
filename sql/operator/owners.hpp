// Finds the owners of objects for the operator, who names objects only by their ids.
#pragma once

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/refused.hpp"

namespace db {

// All functions throw Refused if there is no such object, and Error.
model::Owner owner_of_account(Connection& connection, model::Id account);  // not one that is being deleted
model::Id account_of_user(Connection& connection, model::Id user);         // deleted or not
model::Owner owner_of_target(Connection& connection, model::Id target);    // deleted or not
model::Owner owner_of_event(Connection& connection, model::Id event);

// Deleted or not.
void require_webhook(Connection& connection, model::Id webhook);

// The same as owner_of_target for a target that is not deleted. Locks the target against deletion until the
// transaction ends, so events of this transaction come before target_deleted. REQUIRES: a transaction is
// open.
model::Owner hold_target(Connection& connection, model::Id target);
// The same for an account and for a user, for whom the account is returned.
model::Owner hold_account(Connection& connection, model::Id account);
model::Id hold_user(Connection& connection, model::Id user);

}  // namespace db
