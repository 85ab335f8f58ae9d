// Registers a webhook for the operator, who has no API key, by the statements of other registrations.
#pragma once

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/audit.hpp"

namespace db {

// Stores the webhook as if the user had registered it, and schedules its greeting, in one transaction with the
// row of the audit. The limits of accounts don't apply. Returns the webhook's id. Throws Refused if there is
// no such target, account or user, or if the user belongs to another account, and Error. REQUIRES: the fields
// are valid.
[[nodiscard]] model::Id register_webhook(Connection& connection, const security::SecretCipher& cipher,
                                         const model::Caller& caller, const model::WebhookFields& fields,
                                         const Actor& by);

}  // namespace db
