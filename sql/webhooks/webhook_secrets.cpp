#include "sql/webhooks/webhook_secrets.hpp"

#include <string_view>

#include "sql/webhooks/owned_webhook.hpp"

namespace db {
namespace {

// Returns nullopt if there is no such webhook.
std::optional<std::string> sealed_secret(Connection& connection, const model::Owner& owner,
                                         model::Id webhook) {
    const Statement condition = owned_by(owner).add(" AND w.id = ?", {webhook});
    const Rows rows =
        connection.query("SELECT w.secret FROM webhooks w" + condition.text, condition.parameters);
    if (rows.empty()) return std::nullopt;
    return rows.text(0, 0);
}

// Returns nullopt if the secret was sealed with another key.
std::optional<std::string> try_to_open(const security::SecretCipher& cipher, model::Id webhook,
                                       const std::string& sealed) {
    try {
        return cipher.open(webhook, sealed);
    } catch (const security::SealBroken&) {
        return std::nullopt;
    }
}

// Numbers the retired secrets of each webhook from 1, so that the oldest are known independently of clocks.
// REQUIRES: the webhook is locked.
void retire_secret(Connection& connection, model::Id webhook, const std::string& sealed) {
    const std::uint64_t number =
        connection
            .query("SELECT COALESCE(MAX(id), 0) + 1 FROM retired_secrets WHERE webhook_id = ?", {webhook})
            .number(0, 0);
    constexpr std::string_view kInsert = R"(
        INSERT INTO retired_secrets (webhook_id, id, secret, expires_at)
        VALUES (?, ?, UNHEX(?), UTC_TIMESTAMP(6) + INTERVAL 24 HOUR))";
    connection.execute(kInsert, {webhook, number, Bytes{sealed}});
    if (number > kMostRetiredSecrets) {
        connection.execute("DELETE FROM retired_secrets WHERE webhook_id = ? AND id <= ?",
                           {webhook, number - kMostRetiredSecrets});
    }
}

}  // namespace

std::optional<std::string> webhook_secret(Connection& connection, const security::SecretCipher& cipher,
                                          const model::Owner& owner, model::Id webhook, const Actor& by) {
    const auto sealed = sealed_secret(connection, owner, webhook);
    if (!sealed) return std::nullopt;
    std::string secret = cipher.open(webhook, *sealed);
    Transaction transaction(connection);
    record_deed(connection, by, deed_about_webhook(kReadSecret, owner, webhook));
    transaction.commit();
    return secret;
}

std::optional<std::string> rotate_webhook_secret(Connection& connection, const security::SecretCipher& cipher,
                                                 const model::Owner& owner, model::Id webhook,
                                                 const Actor& by, const std::string& secret) {
    return change_locked(connection, owner, webhook, [&]() -> std::optional<std::string> {
        const std::string sealed = sealed_secret(connection, owner, webhook).value();
        const auto former = try_to_open(cipher, webhook, sealed);
        if (former == secret) return secret;
        if (former) retire_secret(connection, webhook, sealed);
        record_deed(connection, by, deed_about_webhook(kRotateSecret, owner, webhook));
        connection.execute_one("UPDATE webhooks SET secret = UNHEX(?) WHERE id = ?",
                               {Bytes{cipher.seal(webhook, secret)}, webhook});
        return secret;
    });
}

}  // namespace db
