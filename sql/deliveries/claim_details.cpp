#include "sql/deliveries/claim_details.hpp"

#include <memory>

#include "sql/connection/database_time.hpp"
#include "sql/deliveries/delivery_statements.hpp"

namespace db {
namespace {

std::vector<std::string> open_secrets(const security::SecretCipher& cipher, const WebhookRecord& webhook) {
    std::vector<std::string> secrets{cipher.open(webhook.id, webhook.secret)};
    for (const std::string& former : webhook.former_secrets)
        secrets.push_back(cipher.open(webhook.id, former));
    return secrets;
}

model::WebhookHeaders open_headers(const security::SecretCipher& cipher, const WebhookRecord& webhook) {
    if (!webhook.headers) return {};
    const std::string json = cipher.open(webhook.id, *webhook.headers, security::Purpose::kHeaders);
    return model::read_webhook_headers(json).value();
}

}  // namespace

std::map<model::Id, model::Event> read_claimed_events(Connection& connection,
                                                      const std::vector<model::Id>& ids) {
    std::map<model::Id, model::Event> events;
    const Rows rows = connection.query_text(select_events(ids));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        model::Event& event = events[rows.number(row, EventColumn::kEvent)];
        event.event_type = rows.text(row, EventColumn::kEventType);
        event.occurred_at = to_client_time(rows.text(row, EventColumn::kOccurredAt));
        event.content = rows.text(row, EventColumn::kContent);
    }
    return events;
}

std::map<model::Id, WebhookRecord> read_claimed_webhooks(Connection& connection,
                                                         const std::vector<model::Id>& ids) {
    std::map<model::Id, WebhookRecord> webhooks;
    const Rows rows = connection.query_text(select_webhooks(ids));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const model::Id id = rows.number(row, WebhookColumn::kWebhook);
        webhooks[id] = WebhookRecord{.id = id,
                                     .account_id = rows.number(row, WebhookColumn::kAccount),
                                     .url = rows.text(row, WebhookColumn::kUrl),
                                     .check_cert = rows.flag(row, WebhookColumn::kCheckCert),
                                     .api_version = rows.text(row, WebhookColumn::kApiVersion),
                                     .enabled = rows.flag(row, WebhookColumn::kEnabled),
                                     .deleted = rows.flag(row, WebhookColumn::kIsDeleted),
                                     .ordered = rows.flag(row, WebhookColumn::kOrdered),
                                     .failing = rows.flag(row, WebhookColumn::kIsFailing),
                                     .generation = rows.number(row, WebhookColumn::kGeneration),
                                     .secret = rows.text(row, WebhookColumn::kSecret),
                                     .former_secrets = {},
                                     .headers = rows.cell(row, WebhookColumn::kHeaders)};
    }
    const Rows former = connection.query_text(select_former_secrets(ids));
    for (std::size_t row = 0; row < former.size(); ++row) {
        webhooks[former.number(row, FormerSecretColumn::kWebhook)].former_secrets.push_back(
            former.text(row, FormerSecretColumn::kSecret));
    }
    return webhooks;
}

std::optional<OpenedWebhook> open_webhook(const security::SecretCipher& cipher,
                                          const WebhookRecord& webhook) {
    try {
        return OpenedWebhook{
            .secrets = open_secrets(cipher, webhook),
            .headers = std::make_shared<const model::WebhookHeaders>(open_headers(cipher, webhook))};
    } catch (const security::SealBroken&) {
        return std::nullopt;
    }
}

}  // namespace db
