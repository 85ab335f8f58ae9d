// The header fields that an owner adds to a webhook's requests (common/model/webhook_headers.hpp). They are sealed like
// secrets, and the audit records who read or changed them.
//
// Functions return nullopt if the owner has no such webhook. They throw Error.
#pragma once

#include <functional>
#include <optional>

#include "common/model/records.hpp"
#include "common/model/webhook_headers.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/audit.hpp"

namespace db {

// Throws SealBroken if they were sealed with another key.
[[nodiscard]] std::optional<model::WebhookHeaders> webhook_headers(Connection& connection,
                                                                   const security::SecretCipher& cipher,
                                                                   const model::Owner& owner,
                                                                   model::Id webhook, const Actor& by);

// Decides from the present headers whether to replace them. Called as a Condition (webhook_store.hpp).
using HeadersCondition = std::function<bool(const model::WebhookHeaders& found)>;
[[nodiscard]] inline bool replace_any(const model::WebhookHeaders& /*found*/) {
    return true;
}

// Replaces all headers and returns the new ones. If they differ, the webhook starts afresh (delivery_store.hpp): a
// receiver often refuses requests because a header is missing. Headers that were sealed with another key count as none.
// Returns nullopt also if the condition is false. REQUIRES: errors_of(headers) is empty.
[[nodiscard]] std::optional<model::WebhookHeaders> replace_webhook_headers(
    Connection& connection, const security::SecretCipher& cipher, const model::Owner& owner,
    model::Id webhook, const Actor& by, const model::WebhookHeaders& headers,
    const HeadersCondition& condition = replace_any);

}  // namespace db
