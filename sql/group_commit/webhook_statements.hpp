// The statements of a batch of registrations. Their number of rows varies, so they are text, with all values
// in SqlText's encodings.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {

struct WebhookRow {
    model::Id id = 0;
    model::Caller caller{};
    model::Id greeting_id = 0;  // the event that is delivered to it first
    model::Time greeted_at{};   // when that occurred
    std::string secret{};       // sealed
    std::string now{};          // "2026-01-31 16:32:17.238553", as select_access gives it
    const model::WebhookFields* webhook = nullptr;
};

[[nodiscard]] SqlText insert_webhooks(std::span<const WebhookRow> rows);
[[nodiscard]] SqlText insert_greetings(std::span<const WebhookRow> rows);

// Selects those of these webhooks that are stored. Waits for transactions that have locked any of them.
struct StoredColumn {
    enum : std::size_t { kWebhook, kSecret };
};
[[nodiscard]] SqlText select_stored_webhooks(std::span<const model::Id> ids);

}  // namespace db
