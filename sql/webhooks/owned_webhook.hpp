// Finds and locks a webhook of an owner, in the order that keeps changes and fan-outs from deadlocking
// (webhook_store.hpp).
#pragma once

#include <string_view>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/statement.hpp"
#include "sql/operator/audit.hpp"

namespace db {

// " WHERE ...": the owner's webhooks w that are not deleted, in the order of the index webhooks_owner.
[[nodiscard]] Statement owned_by(const model::Owner& owner);

// Locks the webhook until the transaction ends. Returns false if there is no such webhook. Throws Error.
[[nodiscard]] bool lock_webhook(Connection& connection, const model::Owner& owner, model::Id webhook);

// Calls work() in a transaction with the webhook locked and returns its result. Returns nullopt or false if there is no
// such webhook.
template <class Work>
auto change_locked(Connection& connection, const model::Owner& owner, model::Id webhook, const Work& work)
    -> decltype(work()) {
    Transaction transaction(connection);
    if (!lock_webhook(connection, owner, webhook)) return {};
    auto result = work();
    transaction.commit();
    return result;
}

// What the audit records. action: one of kAuditActions.
[[nodiscard]] Deed deed_about_webhook(std::string_view action, const model::Owner& owner, model::Id webhook);

}  // namespace db
