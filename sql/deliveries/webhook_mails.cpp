#include "sql/deliveries/webhook_mails.hpp"

#include <string_view>
#include <utility>

#include "sql/connection/database_time.hpp"

namespace db {
namespace {

constexpr std::string_view kLockWaiting = R"(
    SELECT webhook_id, kind, day
    FROM webhook_mails FORCE INDEX (webhook_mails_waiting)
    WHERE claimed_at IS NULL AND made_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY
    ORDER BY made_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED)";
enum WaitingColumn : std::size_t { kWebhook, kKind, kDay };

constexpr std::string_view kClaim = R"(
    UPDATE webhook_mails
    SET claimed_at = UTC_TIMESTAMP(6)
    WHERE webhook_id = ? AND kind = ? AND day = ?)";

enum ContentColumn : std::size_t { kName, kUrl, kEnabled, kReason, kSince, kUser, kEmail, kUserName };
std::string select_content() {
    return "SELECT w.name, w.url, w.enabled, w.disabled_reason, " + client_time("f.since") + R"(,
        u.id, u.email, u.name
    FROM webhooks w
    JOIN users u ON u.id = w.created_by AND u.deleted_at IS NULL
    LEFT JOIN targets t ON t.id = w.target_id
    LEFT JOIN failing_webhooks f ON f.webhook_id = w.id
    WHERE w.id = ? AND w.deleted_at IS NULL AND t.deleted_at IS NULL)";
}

// Returns nullopt if there is nothing to be said any more.
std::optional<WebhookMail> read_mail(Connection& connection, model::Id webhook, MailKind kind) {
    const Rows rows = connection.query(select_content(), {webhook});
    if (rows.empty()) return std::nullopt;
    WebhookMail mail{.kind = kind,
                     .webhook_id = webhook,
                     .name = rows.text(0, kName),
                     .url = rows.text(0, kUrl),
                     .disabled_reason = rows.cell(0, kReason).value_or(""),
                     .failing_since = rows.cell(0, kSince),
                     .creator = {rows.number(0, kUser), rows.text(0, kEmail), rows.text(0, kUserName)}};
    const bool is_enabled = rows.flag(0, kEnabled);
    const bool is_true = kind == MailKind::kFailing ? is_enabled && mail.failing_since : !is_enabled;
    return is_true ? std::optional(std::move(mail)) : std::nullopt;
}

}  // namespace

std::optional<WebhookMail> claim_mail(Connection& connection) {
    for (;;) {
        Transaction transaction(connection);
        const Rows rows = connection.query(kLockWaiting);
        if (rows.empty()) return std::nullopt;
        const model::Id webhook = rows.number(0, kWebhook);
        const std::string& kind = rows.text(0, kKind);
        connection.execute_one(kClaim, {webhook, kind, rows.text(0, kDay)});
        transaction.commit();
        auto mail =
            read_mail(connection, webhook, kind == "failing" ? MailKind::kFailing : MailKind::kDisabled);
        if (mail) return mail;
    }
}

}  // namespace db
