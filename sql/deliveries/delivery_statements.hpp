// The statements of the queue of deliveries whose number of rows varies. They are text, with all values in
// SqlText's encodings. The enum beside a statement names the columns of its result.
//
// A statement selects its rows by their primary keys, through a table of constants that is joined first. So
// it looks up only these rows, however large the table is.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "sql/deliveries/delivery_records.hpp"

namespace db {

struct DueColumn {
    enum : std::size_t { kNextTry, kEvent, kWebhook };
};

// Selects three disjoint ranges of the index deliveries_due, one after the other, and at most `most` rows of
// each. The index is in the order of next_try and the primary key. So the server need neither sort nor buffer
// the rows.
[[nodiscard]] std::string select_due(const DuePosition& behind, std::size_t most);

// The same for each webhook, in two ranges of the index deliveries_webhook.
[[nodiscard]] std::string select_due_of(std::span<const DueOf> wanted);

// kLastStatus: the status of the webhook's last finished delivery; NULL if there is none.
struct AddressColumn {
    enum : std::size_t { kWebhook, kAccount, kUrl, kGeneration, kOrdered, kIsFailing, kLastStatus };
};
[[nodiscard]] std::string select_addresses(std::span<const model::Id> webhooks);

struct LockColumn {
    enum : std::size_t {
        kEvent,
        kWebhook,
        kStatus,
        kNextTry,
        kRetries,
        kSinceFirstTry,
        kDue,
        kLeasedFor,
        kOurs
    };
};
// Locks the rows that no other transaction has locked.
[[nodiscard]] std::string lock_deliveries(std::span<const DeliveryKey> keys, model::Id lease);

[[nodiscard]] std::string lease_deliveries(std::span<const DeliveryKey> keys, model::Id lease,
                                           std::chrono::microseconds time);
// The next three change only rows whose lease is ours.
[[nodiscard]] std::string release_deliveries(std::span<const DeliveryKey> keys, model::Id lease);
// Nearly all deliveries succeed. They have a statement of their own because each column of constants costs
// time.
[[nodiscard]] std::string record_successes(std::span<const FinishedDelivery* const> finished,
                                           model::Id lease);
[[nodiscard]] std::string record_others(std::span<const FinishedDelivery* const> finished, model::Id lease);

[[nodiscard]] std::string insert_unanswered(std::span<const FinishedDelivery* const> finished);
[[nodiscard]] std::string insert_attempts(std::span<const FinishedDelivery* const> finished);

// Changes nothing while another worker's lease lasts.
[[nodiscard]] std::string put_off_delivery(const DeliveryKey& key, model::Id lease);

// REQUIRES (all): the rows are locked.
[[nodiscard]] std::string remove_deliveries(std::span<const DeliveryKey> keys);
[[nodiscard]] std::string fail_deliveries(std::span<const DeliveryKey> keys);  // with the reason "disabled"
// For five minutes, because the secret or the headers can't be opened.
[[nodiscard]] std::string put_off_deliveries(std::span<const DeliveryKey> keys);

struct EventColumn {
    enum : std::size_t { kEvent, kEventType, kOccurredAt, kContent };
};
[[nodiscard]] std::string select_events(std::span<const model::Id> events);

struct WebhookColumn {
    enum : std::size_t {
        kWebhook,
        kAccount,
        kUrl,
        kCheckCert,
        kApiVersion,
        kEnabled,
        kIsDeleted,
        kOrdered,
        kIsFailing,
        kGeneration,
        kSecret,
        kHeaders
    };
};
[[nodiscard]] std::string select_webhooks(std::span<const model::Id> webhooks);

// The latest first.
struct FormerSecretColumn {
    enum : std::size_t { kWebhook, kSecret };
};
[[nodiscard]] std::string select_former_secrets(std::span<const model::Id> webhooks);

}  // namespace db
