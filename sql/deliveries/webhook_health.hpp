// Records since when webhooks fail, and disables those that have failed for long or whose receivers are gone.
//
// The table failing_webhooks has a row for each webhook whose last outcome was a failure. The first failure
// writes it and the first success removes it, so neither a healthy webhook nor a further failure costs a
// write. All ages are measured by the database's clock.
//
// A webhook is disabled in two steps, each by a failure. The first one, within DisablePolicy::warning of the
// end, warns: it marks the row. The second one, at least that long after the warning, disables. So a webhook
// is never disabled by a single failure that follows old ones.
//
// The webhooks and their rows are locked before they are judged. A success that is recorded first removes the
// row, and then nothing is disabled. Of several daemons only the first one disables.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace db {

// A webhook of which a request has failed, locked against changes until the transaction ends.
struct HeldWebhook {
    Generation generation = 0;
    model::Id account_id = 0;
    bool enabled = true;
    bool deleted = false;
    std::optional<model::Time> failing_since{};
    std::chrono::microseconds failing_for{};                // if it is recorded as failing
    std::optional<std::chrono::microseconds> warned_for{};  // nullopt: not warned yet
};
using HeldWebhooks = std::map<model::Id, HeldWebhook>;

// Locks and reads the webhooks of the outcomes that are no successes. A transaction that changes a webhook
// locks it before its deliveries, so this must come before deliveries are locked. Throws Error. REQUIRES: a
// transaction is open.
[[nodiscard]] HeldWebhooks hold_failed(Connection& connection, std::span<const FinishedDelivery> finished);

// Whether the request failed before its webhook started afresh, so that the failure counts no more.
[[nodiscard]] bool is_outdated(const FinishedDelivery& one, const HeldWebhooks& held);

// Records what the outcomes say about their webhooks. Returns those that it has disabled. Throws Error.
// REQUIRES: the same transaction.
[[nodiscard]] std::vector<DisabledWebhook> record_health(Connection& connection, const DisablePolicy& policy,
                                                         std::span<const FinishedDelivery> finished,
                                                         const HeldWebhooks& held);

// Forgets for how long the webhook has failed: it was enabled, has another receiver, or is deleted. REQUIRES:
// the webhook, and then its deliveries if they are changed, are locked in an open transaction. Throws Error.
void forget_failures(Connection& connection, model::Id webhook);

// The step that a failure takes, of a webhook that is enabled and was recorded as failing before.
enum class DisableStep { kNone, kWarn, kDisable };
[[nodiscard]] DisableStep next_step(const DisablePolicy& policy, const HeldWebhook& webhook);

}  // namespace db
