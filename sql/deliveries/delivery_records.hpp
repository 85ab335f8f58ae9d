// The parameters and results of the queue of deliveries (delivery_queue.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "common/model/webhook_headers.hpp"

namespace db {

// Distinguishes a webhook before it started afresh from the webhook after it (delivery_store.hpp).
using Generation = std::uint64_t;

struct DeliveryKey {
    model::Id event_id = 0;
    model::Id webhook_id = 0;

    auto operator<=>(const DeliveryKey&) const = default;
};

// A position in the order of next tries. next_try: "2026-01-31 16:32:17.238553", in the database's format.
struct DuePosition {
    std::string next_try;
    DeliveryKey key;

    auto operator<=>(const DuePosition&) const = default;
};
using DueDelivery = DuePosition;

// Asks for the first due deliveries of one webhook, at most `most`, behind a position if there is one.
//
// in_order: asks for the webhook's unfinished deliveries in the order of their events instead, or only for
// the delivery `head` if that is not 0.
struct DueOf {
    model::Id webhook_id = 0;
    std::size_t most = 0;
    std::optional<DuePosition> behind{};
    bool in_order = false;
    model::Id head = 0;
};

struct UnfinishedDelivery {
    DeliveryKey key;
    std::chrono::microseconds due_in{};  // 0: it is due
};

// The health of a webhook's receiver, by its latest requests.
enum class WebhookHealth {
    kUnknown,  // nothing was sent to it yet, or the last finished delivery has failed
    kHealthy,  // the last finished delivery has succeeded, and no request has failed since
    kFailing,  // its last request failed
};

struct WebhookAddress {
    model::Id webhook_id = 0;
    model::Id account_id = 0;
    std::string url;
    WebhookHealth health = WebhookHealth::kUnknown;
    Generation generation = 0;
    bool ordered = false;
};

// A webhook that has started afresh.
struct FreshStart {
    model::Id webhook_id = 0;
    Generation generation = 0;
};

// What is sealed of a webhook, opened.
struct OpenedWebhook {
    std::vector<std::string> secrets;  // to sign with: the current one first
    // Shared by the deliveries of a claim batch; never null.
    std::shared_ptr<const model::WebhookHeaders> headers;
};

// The columns of a webhook that the queue reads.
struct WebhookRecord {
    model::Id id = 0;
    model::Id account_id = 0;
    std::string url;
    bool check_cert = true;
    std::string api_version;
    bool enabled = true;
    bool deleted = false;
    bool ordered = false;
    bool failing = false;  // recorded as such
    Generation generation = 0;
    std::string secret;                       // sealed
    std::vector<std::string> former_secrets;  // sealed, not expired, the latest first
    std::optional<std::string> headers;       // sealed
};

// A delivery that this worker holds for as long as the lease lasts.
struct ClaimedDelivery {
    DeliveryKey key;
    model::Id account_id = 0;  // the webhook's
    model::Event event;        // with only this delivery
    std::string url;
    bool check_cert = true;
    bool ordered = false;
    Generation generation = 0;
    bool webhook_failing = false;  // it is recorded as failing
    OpenedWebhook opened;
    // Since the first try; nullopt if there was none yet.
    std::optional<std::chrono::microseconds> since_first_try;

    [[nodiscard]] const model::Delivery& delivery() const { return event.deliveries.front(); }
    // The memory that the request takes.
    [[nodiscard]] std::size_t bytes() const {
        std::size_t bytes = event.content.size();
        for (const model::WebhookHeader& header : *opened.headers)
            bytes += header.name.size() + header.text.size();
        return bytes;
    }
};

// A request that got no answer and was repeated at once.
struct UnansweredRequest {
    model::Id attempt_id = 0;
    std::chrono::microseconds duration{};
    std::string failure;
    std::string detail;
    bool by_allow_list = false;
};

// A request that was made, and the outcome for its delivery.
struct FinishedDelivery {
    DeliveryKey key;
    Generation generation = 0;  // of its webhook, when it was claimed
    model::DeliveryStatus status = model::DeliveryStatus::kSucceeded;
    std::optional<std::chrono::microseconds> next_try_in;  // from now; nullopt if there is no next try
    std::int32_t retries = 0;
    std::string reason;         // empty: none
    bool charged = true;        // if this request is the first, the 48 hours start with it
    bool webhook_gone = false;  // disable the webhook
    // Whether the webhook has failed or succeeded. nullopt: that says nothing about it, or nothing new.
    std::optional<bool> webhook_fails;

    // The request itself, for the list of attempts.
    model::Id attempt_id = 0;  // 0: it leaves no row of its own
    std::chrono::microseconds duration{};
    int http_status = 0;  // 0: there was no answer
    std::string failure;  // empty: there was one
    std::string detail;
    std::string answer;          // the beginning of its body
    bool by_allow_list = false;  // only the allow-list let it go to that address

    std::optional<UnansweredRequest> unanswered;  // the one before it
};

// When webhooks that only fail are disabled (webhook_health.hpp).
struct DisablePolicy {
    std::optional<std::chrono::microseconds> after;  // nullopt: never
    std::chrono::microseconds warning{};             // how long before that they are warned; 0: they aren't
};

// A webhook that was disabled because of its outcomes.
struct DisabledWebhook {
    model::Id webhook_id = 0;
    model::Id account_id = 0;
    std::optional<model::Time> failing_since;  // nullopt: this was its first failure
};

struct ClaimBatch {
    std::vector<FinishedDelivery> finished;
    std::vector<DeliveryKey> given_back;  // claimed, but not sent
    std::vector<DeliveryKey> wanted;
    std::chrono::microseconds lease_time{};
};

struct BusyDelivery {
    DeliveryKey key;
    std::chrono::microseconds for_another{};  // when it may be claimed
};

// A delivery of an ordered webhook that must wait until another one has ended.
struct WaitingDelivery {
    DeliveryKey key;
    model::Id behind = 0;
    std::chrono::microseconds time{};  // until that one may be tried; 0: it may be tried now
};

struct ClaimBatchOutcome {
    // Less than batch.finished.size() if leases have run out and other workers have these deliveries.
    std::size_t recorded = 0;
    // Failed, but their webhooks have started afresh since the claim, so the failures do not count: due now.
    std::vector<DeliveryKey> outdated;
    std::vector<ClaimedDelivery> claimed;
    std::vector<BusyDelivery> busy;  // leased by another worker, or locked
    std::vector<WaitingDelivery> waiting;
    std::vector<DeliveryKey> not_due;                // finished by another, or scheduled for later
    std::vector<DeliveryKey> removed;                // the webhook is deleted
    std::vector<DeliveryKey> disabled;               // the webhook is disabled, so they have failed
    std::vector<DisabledWebhook> disabled_webhooks;  // by this batch
    // Put off because the secret or the headers can't be opened, which is an error in the configuration.
    std::vector<DeliveryKey> unreadable;
};

}  // namespace db
