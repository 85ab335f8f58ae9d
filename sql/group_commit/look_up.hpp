// What a batch must know before it stores anything, in as few round trips as possible: access of all writes,
// the state of idempotency keys, and the numbers of webhooks.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sql/connection/batched_transaction.hpp"
#include "sql/connection/connection.hpp"
#include "sql/events/counters.hpp"
#include "sql/group_commit/write.hpp"
#include "sql/webhooks/account_limits.hpp"
#include "sql/webhooks/idempotency.hpp"

namespace db {

class LookUp {
  public:
    // Takes one round trip, which opens the transaction, and another one before it if there are idempotency
    // keys. If webhooks are limited, the accounts of registrations are locked. REQUIRES: the batch is not
    // empty. Throws Error.
    LookUp(Connection& connection, BatchedTransaction& transaction, const Batch& batch,
           const AccountLimits& limits);

    // The n-th write's row in access(); nullopt if its key is unknown.
    [[nodiscard]] std::optional<std::size_t> row_of(std::size_t n) const { return rows_.at(n); }
    [[nodiscard]] const Rows& access() const { return access_; }
    // FirstUse if it has no key.
    [[nodiscard]] const KeyState& key_of(std::size_t n) const { return keys_.at(n); }
    // For the accounts and targets of publications, and of registrations if they are limited.
    [[nodiscard]] const WebhookCounts& counts() const { return counts_; }

  private:
    void look_up_keys(Connection& connection, const Batch& batch);
    void ask(BatchedTransaction& transaction, const Batch& batch, const AccountLimits& limits);

    std::vector<std::optional<std::size_t>> rows_;
    Rows access_;
    std::vector<KeyState> keys_;
    WebhookCounts counts_;
};

}  // namespace db
