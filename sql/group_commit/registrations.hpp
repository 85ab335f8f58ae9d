// The registrations of a batch: their rows, and what is stored of them.
#pragma once

#include <cstddef>
#include <vector>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/group_commit/write.hpp"

namespace db {

// Plans the write's webhook under this id. Settles the write if that can't be done. access: of select_access.
// REQUIRES: the write is a registration with a webhook, which is not planned.
void plan_webhook(Write& write, model::Id id, const model::Caller& caller, const Rows& access,
                  std::size_t row, const security::SecretCipher& secrets);

// The rows of all webhooks that are planned. They refer to the batch.
[[nodiscard]] std::vector<WebhookRow> webhook_rows(const Batch& batch);

// Settles the registrations whose webhooks an earlier try has stored. Throws Error.
void settle_stored_webhooks(Connection& connection, const Batch& batch);

}  // namespace db
