// The statements of a batch of registrations, whose number of rows varies: text, all values in SqlText's
// encodings.
#pragma once

#include <span>
#include <string>

#include "sql/records.hpp"

namespace db {

// May this key register webhooks for this target?
struct AccessQuestion {
    KeyDigest key;
    Id target_id;

    auto operator<=>(const AccessQuestion&) const = default;
};

// A row for each question whose key is good: its index, account, user; the target's id and the id, type, time
// and content of its greeting, all NULL if the key's account has no such target; the database's time.
[[nodiscard]] std::string select_access(std::span<const AccessQuestion> questions);

struct AccessColumn {
    enum : std::size_t { kIndex, kAccount, kUser, kTarget, kEvent, kEventType, kOccurredAt, kContent, kNow };
};

struct WebhookRow {
    Id id;
    Id account_id;
    Id user_id;
    Id target_id;
    Id greeting_id;  // the event that is delivered to it first
    const NewWebhook* webhook;
};

// now: "2026-01-31 16:32:17.238553", as select_access gives it.
[[nodiscard]] std::string insert_webhooks(std::span<const WebhookRow> rows, const std::string& now);
[[nodiscard]] std::string insert_greetings(std::span<const WebhookRow> rows, const std::string& now);

// How many of these webhooks are stored. Waits for transactions that hold any of them.
[[nodiscard]] std::string count_webhooks(std::span<const Id> ids);

}  // namespace db
