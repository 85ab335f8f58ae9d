// Shared by the commands on one webhook: the argument that names it, and how it is shown.
#pragma once

#include <optional>

#include "admin/commands.hpp"
#include "common/model/records.hpp"

namespace admin {

// The argument WEBHOOK, and its value. Throws UsageError.
[[nodiscard]] Option webhook_argument();
[[nodiscard]] model::Id webhook_of(const Arguments& arguments);

// Throws db::Refused if there is no such webhook.
[[nodiscard]] model::Owner owner_of_webhook(db::Connection& connection, model::Id webhook);

// All members but the secret and the headers. Throws db::Refused if there is no webhook.
[[nodiscard]] Report shown(const std::optional<model::Webhook>& webhook, model::Id id);

// What the audit records about a change. action: one of db::kAuditActions.
[[nodiscard]] db::Deed deed_about(std::string_view action, model::Id webhook, model::Id account);

}  // namespace admin
