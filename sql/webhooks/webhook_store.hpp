// Registered webhooks: listed, read, changed, deleted. Registering is the registrar's.
//
// Every change is a transaction of its own that locks the webhook's row first, so changes of one webhook come
// one after another, each of them whole: the later of two wins in the fields that it names, one that comes
// after a deletion finds nothing. The row is locked through the index by which fan-outs find it
// (event_store.hpp), so the two wait for each other instead of deadlocking; what deadlocks nevertheless can
// be done again (retry.hpp).
//
// "Nothing", where a function may return that: the owner has no such webhook. All throw Error.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"
#include "sql/operator/audit.hpp"

namespace db {

// What is left open chooses nothing.
struct WebhookChoice {
    std::optional<bool> enabled{};
    std::optional<std::string> url{};  // exactly this one
};

// The owner's webhooks, newest first. The count is exact from the counters, unless something is chosen: then at
// most kMostExamined webhooks are counted.
[[nodiscard]] ListPart find_webhooks(Connection& connection, const model::Owner& owner,
                                     const WebhookChoice& choice, const ListSlice& slice);
[[nodiscard]] ListCount count_webhooks(Connection& connection, const model::Owner& owner,
                                       const WebhookChoice& choice);

// Those of them that there are, newest first.
[[nodiscard]] std::vector<model::Webhook> read_webhooks(Connection& connection,
                                                        std::span<const model::Id> ids);

[[nodiscard]] std::optional<model::Webhook> find_webhook(Connection& connection, const model::Owner& owner,
                                                         model::Id webhook);

// Whether a webhook is to be changed, by what it is; asked while its row is locked, so what it says is true
// of what is changed. May be asked again if the database undid the change.
using Condition = std::function<bool(const model::Webhook& found)>;
[[nodiscard]] inline bool always(const model::Webhook& /*found*/) {
    return true;
}

// Changes the fields that are there, and who changed it when; nothing of that if no field is. Nothing also if
// the condition does not hold.
[[nodiscard]] std::optional<model::Webhook> change_webhook(Connection& connection,
                                                           const model::Caller& caller, model::Id webhook,
                                                           const model::WebhookChange& change,
                                                           const Condition& condition = always);

// Marks it as deleted and drops the deliveries that are still due, those that are left after a second
// excepted: whoever delivers drops them, and sends nothing for a deleted webhook. What was delivered or has
// failed stays. URL, name and secrets are gone with it. False if there is none, or if the condition does not
// hold. REQUIRES: no transaction is open.
bool remove_webhook(Connection& connection, const model::Owner& owner, model::Id webhook,
                    const Condition& condition = always);

// A disabled webhook receives again what happens from now on; an enabled one stays as it is.
[[nodiscard]] std::optional<model::Webhook> enable_webhook(Connection& connection,
                                                           const model::Caller& caller, model::Id webhook);

// Schedules its greeting once more. The event, with that delivery alone.
[[nodiscard]] std::optional<model::Event> test_webhook(Connection& connection, const model::Owner& owner,
                                                       model::Id webhook);

// Secrets, as bytes; the audit tells who got them.

[[nodiscard]] std::optional<std::string> webhook_secret(Connection& connection,
                                                        const security::SecretCipher& box,
                                                        const model::Owner& owner, model::Id webhook,
                                                        const Actor& by);

// Gives it this one, drawn by the caller; nothing is changed if it has it already. Returns it. Deliveries
// carry signatures by the old secret as well for a day. Who rotates more often than
// kMostRetiredSecrets times a day loses the oldest.
inline constexpr std::size_t kMostRetiredSecrets = 10;
[[nodiscard]] std::optional<std::string> rotate_webhook_secret(
    Connection& connection, const security::SecretCipher& box, const model::Owner& owner, model::Id webhook,
    const Actor& by, const std::string& secret = security::draw_secret());

// The operator, who may touch any webhook and is no user: these don't count as a change by one.
// REQUIRES (changes): a transaction is open.
[[nodiscard]] std::optional<model::Webhook> find_any_webhook(Connection& connection, model::Id webhook);
[[nodiscard]] std::optional<model::Webhook> enable_any_webhook(Connection& connection, model::Id webhook);
// reason: at most 255 characters. Events are recorded as failed for it until it is enabled.
[[nodiscard]] std::optional<model::Webhook> disable_any_webhook(Connection& connection, model::Id webhook,
                                                                const std::string& reason);

}  // namespace db
