// The secrets that sign a webhook's deliveries, as bytes. The audit records who read or changed them.
//
// Functions return nullopt if the owner has no such webhook. They throw Error, and SealBroken if the secret was sealed
// with another key.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/audit.hpp"

namespace db {

[[nodiscard]] std::optional<std::string> webhook_secret(Connection& connection,
                                                        const security::SecretCipher& cipher,
                                                        const model::Owner& owner, model::Id webhook,
                                                        const Actor& by);

// Gives the webhook a new secret, which the caller has generated, and returns it. Changes nothing if the
// webhook already has it. For a day, deliveries carry signatures by the old secret as well. If a webhook's
// secret is rotated more than kMostRetiredSecrets times a day, the oldest ones are dropped.
inline constexpr std::size_t kMostRetiredSecrets = 10;
[[nodiscard]] std::optional<std::string> rotate_webhook_secret(
    Connection& connection, const security::SecretCipher& cipher, const model::Owner& owner,
    model::Id webhook, const Actor& by, const std::string& secret = security::generate_secret());

}  // namespace db
