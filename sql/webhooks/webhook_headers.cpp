#include "sql/webhooks/webhook_headers.hpp"

#include <string>

#include "sql/deliveries/delivery_store.hpp"
#include "sql/webhooks/owned_webhook.hpp"

namespace db {
namespace {

using model::WebhookHeaders;
using security::Purpose;

// The column of the owner's webhook: no row if there is no such webhook, NULL if it has no headers.
Rows select_sealed(Connection& connection, const model::Owner& owner, model::Id webhook) {
    const Statement condition = owned_by(owner).add(" AND w.id = ?", {webhook});
    return connection.query("SELECT w.headers FROM webhooks w" + condition.text, condition.parameters);
}

WebhookHeaders open(const security::SecretCipher& cipher, model::Id webhook,
                    const std::optional<std::string>& sealed) {
    if (!sealed) return {};
    return model::read_webhook_headers(cipher.open(webhook, *sealed, Purpose::kHeaders)).value();
}

// Returns nullopt if they were sealed with another key.
std::optional<WebhookHeaders> try_to_open(const security::SecretCipher& cipher, model::Id webhook,
                                          const std::optional<std::string>& sealed) {
    try {
        return open(cipher, webhook, sealed);
    } catch (const security::SealBroken&) {
        return std::nullopt;
    }
}

void write(Connection& connection, const security::SecretCipher& cipher, model::Id webhook,
           const WebhookHeaders& headers) {
    if (headers.empty()) {
        connection.execute_one("UPDATE webhooks SET headers = NULL WHERE id = ?", {webhook});
    } else {
        const std::string json = model::webhook_headers_json(headers);
        connection.execute_one("UPDATE webhooks SET headers = UNHEX(?) WHERE id = ?",
                               {Bytes{cipher.seal(webhook, json, Purpose::kHeaders)}, webhook});
    }
}

}  // namespace

std::optional<WebhookHeaders> webhook_headers(Connection& connection, const security::SecretCipher& cipher,
                                              const model::Owner& owner, model::Id webhook, const Actor& by) {
    const Rows rows = select_sealed(connection, owner, webhook);
    if (rows.empty()) return std::nullopt;
    WebhookHeaders headers = open(cipher, webhook, rows.cell(0, 0));
    Transaction transaction(connection);
    record_deed(connection, by, deed_about_webhook(kReadHeaders, owner, webhook));
    transaction.commit();
    return headers;
}

std::optional<WebhookHeaders> replace_webhook_headers(Connection& connection,
                                                      const security::SecretCipher& cipher,
                                                      const model::Owner& owner, model::Id webhook,
                                                      const Actor& by, const WebhookHeaders& headers,
                                                      const HeadersCondition& condition) {
    return change_locked(connection, owner, webhook, [&]() -> std::optional<WebhookHeaders> {
        const auto found = try_to_open(cipher, webhook, select_sealed(connection, owner, webhook).cell(0, 0));
        if (!condition(found.value_or(WebhookHeaders{}))) return std::nullopt;
        if (found == headers) return headers;
        record_deed(connection, by, deed_about_webhook(kChangeHeaders, owner, webhook));
        write(connection, cipher, webhook, headers);
        start_afresh(connection, webhook);
        return headers;
    });
}

}  // namespace db
