// The queue of deliveries: which deliveries are due, which worker holds the lease, and the outcome. The queue
// is the table deliveries.
//
// A delivery is claimed by a lease in a short transaction. Its request is made with no transaction open. Its
// outcome is recorded only if the lease is still ours. If a worker dies, its leases run out. All scheduled
// times come from the database's clock. The statements are in delivery_statements.hpp.
//
// Claiming and recording share transactions (record_and_claim), and with them the database's commits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_records.hpp"
#include "sql/deliveries/due_queue.hpp"

namespace db {

class DeliveryQueue final : public DueQueue {
  public:
    // lease: identifies the leases of this worker. REQUIRES: lease is not 0.
    DeliveryQueue(Connection& connection, const security::SecretCipher& secrets, model::Id lease,
                  const DisablePolicy& policy = {})
        : connection_(connection), secrets_(secrets), lease_(lease), policy_(policy) {}

    [[nodiscard]] std::vector<DueDelivery> scan(const DuePosition& behind, std::size_t most) override;
    [[nodiscard]] DuePosition position_before_now(std::optional<std::chrono::microseconds> ago) override;
    [[nodiscard]] std::vector<DueDelivery> due_of(const std::vector<DueOf>& wanted) override;
    [[nodiscard]] std::vector<UnfinishedDelivery> unfinished_of(const std::vector<DueOf>& wanted) override;
    [[nodiscard]] std::vector<WebhookAddress> addresses(const std::vector<model::Id>& webhooks) override;
    [[nodiscard]] std::vector<FreshStart> fresh_starts(std::chrono::microseconds ago) override;
    std::uint64_t make_waiting_due(model::Id webhook, std::uint64_t most) override;
    // For how long the oldest due delivery has been due. Returns nullopt if none is due.
    [[nodiscard]] std::optional<std::chrono::microseconds> oldest_due();

    // In one transaction: records outcomes, releases deliveries that were not sent, and claims the wanted
    // deliveries that may still be claimed. A failure counts only if the webhook has not started afresh since
    // the claim, and may disable the webhook (webhook_health.hpp). Deliveries of deleted webhooks are removed,
    // those of disabled webhooks fail, and ordered webhooks keep their order (delivery_order.hpp). Throws Error.
    // After a transient error or CommitUncertain, the same batch may be repeated and has the same
    // effect.
    [[nodiscard]] ClaimBatchOutcome record_and_claim(const ClaimBatch& batch);
    // Schedules the next try in five minutes, unless another worker holds the lease. For a delivery that
    // can't be recorded or claimed.
    void put_off(const DeliveryKey& key);

  private:
    void record(const ClaimBatch& batch, ClaimBatchOutcome& outcome);
    void record_attempts(std::span<const FinishedDelivery> finished);
    void claim(const ClaimBatch& batch, ClaimBatchOutcome& outcome);
    // Adds what is needed to send the claimed deliveries. Removes and records those that can't be sent.
    void complete(std::vector<ClaimedDelivery>& claims, ClaimBatchOutcome& outcome);

    Connection& connection_;
    const security::SecretCipher& secrets_;
    const model::Id lease_;
    const DisablePolicy policy_;
};

}  // namespace db
