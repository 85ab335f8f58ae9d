// What a claim batch reads beside the deliveries: their events and webhooks.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace db {

// Both by id, those that exist. Events are without deliveries. REQUIRES: there is an id. Throw Error.
[[nodiscard]] std::map<model::Id, model::Event> read_claimed_events(Connection& connection,
                                                                    const std::vector<model::Id>& ids);
[[nodiscard]] std::map<model::Id, WebhookRecord> read_claimed_webhooks(Connection& connection,
                                                                       const std::vector<model::Id>& ids);

// Returns nullopt if a part was sealed with another key.
[[nodiscard]] std::optional<OpenedWebhook> open_webhook(const security::SecretCipher& cipher,
                                                        const WebhookRecord& webhook);

}  // namespace db
