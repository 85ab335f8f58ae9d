// Lists, reads, changes and deletes registered webhooks. The group commit stores new ones (sql/group_commit).
//
// Every change is a transaction of its own that locks the webhook's row first. So changes of one webhook
// happen one after another and as a whole: of two changes of a field the later one wins, and a change after a
// deletion finds no webhook. The row is locked through the index by which fan-outs find it (event_store.hpp),
// so the two wait for each other instead of deadlocking. A transaction that deadlocks nevertheless can be
// repeated (retry.hpp).
//
// Functions with an optional result return nullopt if the owner has no such webhook. All functions throw
// Error.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"
#include "sql/connection/statement.hpp"

namespace db {

// An absent field does not filter.
struct WebhookFilter {
    std::optional<bool> enabled{};
    std::optional<std::string> url{};  // exactly this URL
};

// The owner's webhooks, newest first. The count is exact, from the counters, unless the filter has a field:
// then at most kMostExamined webhooks are counted.
[[nodiscard]] ListPart find_webhooks(Connection& connection, const model::Owner& owner,
                                     const WebhookFilter& filter, const ListSlice& slice);
[[nodiscard]] ListCount count_webhooks(Connection& connection, const model::Owner& owner,
                                       const WebhookFilter& filter);

// The same without a filter, together with the webhooks. REQUIRES: the slice is short.
struct WebhookPart {
    ListPart part;
    std::vector<model::Webhook> webhooks;  // in the order of part.found
};
[[nodiscard]] WebhookPart read_webhook_part(Connection& connection, const model::Owner& owner,
                                            const ListSlice& slice);

// Returns those of the webhooks that exist, newest first.
[[nodiscard]] std::vector<model::Webhook> read_webhooks(Connection& connection,
                                                        std::span<const model::Id> ids);

[[nodiscard]] std::optional<model::Webhook> find_webhook(Connection& connection, const model::Owner& owner,
                                                         model::Id webhook);

// The same for the scope of an access request, together with that. first_column: of the read.
[[nodiscard]] JoinedRead read_webhook(model::Id webhook);
[[nodiscard]] std::optional<model::Webhook> webhook_read(const Rows& rows, std::size_t first_column);

// One column: NULL if the scope has no such webhook.
[[nodiscard]] JoinedRead read_webhook_id(model::Id webhook);

// Decides from the webhook's present state whether to change it. Called while its row is locked, so the state
// is still the same when it is changed. May be called again if the database undid the change.
using Condition = std::function<bool(const model::Webhook& found)>;
[[nodiscard]] inline bool always(const model::Webhook& /*found*/) {
    return true;
}

// The caller is an operator, whose changes do not count as made by a user.
inline constexpr model::Id kNoUser = 0;

// Changes the fields that are present in `change`, and records which user changed the webhook and when. Changes
// nothing if no field is present. Returns nullopt also if the condition is false. A webhook that is disabled
// stays so for the same reason if `change` disables it, and one that is enabled does not start afresh if it
// enables it.
[[nodiscard]] std::optional<model::Webhook> change_webhook(Connection& connection,
                                                           const model::Caller& caller, model::Id webhook,
                                                           const model::WebhookChange& change,
                                                           const Condition& condition = always);

// Marks the webhook as deleted and drops its unfinished deliveries for at most a second. The daemon drops the
// rest and sends nothing to a deleted webhook. Finished deliveries stay. URL, name, secrets and headers are removed at
// once. Returns false if there is no such webhook or the condition is false. REQUIRES: no transaction is
// open.
bool remove_webhook(Connection& connection, const model::Owner& owner, model::Id webhook,
                    const Condition& condition = always);

// Enables the webhook: it receives the events from now on. An enabled webhook stays enabled. In either case
// it starts afresh (delivery_store.hpp).
[[nodiscard]] std::optional<model::Webhook> enable_webhook(Connection& connection,
                                                           const model::Caller& caller, model::Id webhook);

// Disables the webhook: until it is enabled, its deliveries are recorded as failed. A disabled webhook takes the new
// reason. reason: at most 255 characters.
[[nodiscard]] std::optional<model::Webhook> disable_webhook(Connection& connection,
                                                            const model::Caller& caller, model::Id webhook,
                                                            const std::string& reason);

// For the operator, who may change any webhook. These changes do not count as made by a user.
// REQUIRES (changes): a transaction is open.
[[nodiscard]] std::optional<model::Webhook> find_any_webhook(Connection& connection, model::Id webhook);
[[nodiscard]] std::optional<model::Webhook> enable_any_webhook(Connection& connection, model::Id webhook);
// reason: at most 255 characters. Until the webhook is enabled, its deliveries are recorded as failed.
[[nodiscard]] std::optional<model::Webhook> disable_any_webhook(Connection& connection, model::Id webhook,
                                                                const std::string& reason);

}  // namespace db
