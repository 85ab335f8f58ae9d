#include "sql/group_commit/registrations.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/webhooks/access.hpp"

namespace db {

void plan_webhook(Write& write, model::Id id, const model::Caller& caller, const Rows& access,
                  std::size_t row, const security::SecretCipher& secrets) {
    if (access.is_null(row, AccessColumn::kEvent)) {
        return write.settle(Unavailable{"there is no event to greet the webhook with"});
    }
    const model::WebhookFields& webhook = write.registration()->webhook.value();
    const std::string& now = access.text(row, AccessColumn::kNow);
    model::Event event{.id = access.number(row, AccessColumn::kEvent),
                       .event_type = access.text(row, AccessColumn::kEventType),
                       .occurred_at = access.text(row, AccessColumn::kOccurredAt),
                       .content = access.text(row, AccessColumn::kContent),
                       .deliveries = {}};
    event.deliveries = {model::Delivery{
        .webhook_id = id, .api_version = webhook.api_version, .next_try = to_client_time(now)}};
    write.webhook = {WebhookRow{.id = id,
                                .caller = caller,
                                .greeting_id = event.id,
                                .greeted_at = event.occurred_at,
                                .secret = secrets.seal(id, security::generate_secret()),
                                .now = now,
                                .webhook = &webhook},
                     std::move(event)};
}

std::vector<WebhookRow> webhook_rows(const Batch& batch) {
    std::vector<WebhookRow> rows;
    rows.reserve(batch.size());
    for (const auto& write : batch) {
        if (write->webhook) rows.push_back(write->webhook->row);
    }
    return rows;
}

// The sealed secret distinguishes our webhook from another one with the same id. In that case ours gets a new
// id.
void settle_stored_webhooks(Connection& connection, const Batch& batch) {
    std::vector<model::Id> ids;
    ids.reserve(batch.size());
    for (const auto& write : batch) {
        if (write->webhook) ids.push_back(write->webhook->row.id);
    }
    if (ids.empty()) return;
    const Rows rows = connection.query_text(select_stored_webhooks(ids).str());
    std::map<model::Id, std::string> secrets;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        secrets.emplace(rows.number(row, StoredColumn::kWebhook), rows.text(row, StoredColumn::kSecret));
    }
    for (const auto& write : batch) {
        if (!write->webhook) continue;
        const auto found = secrets.find(write->webhook->row.id);
        if (found == secrets.end()) continue;
        if (found->second == write->webhook->row.secret) {
            write->settle(std::move(write->webhook->event));
        } else {
            write->webhook.reset();
        }
    }
}

}  // namespace db
