// Stores a batch of writes in one transaction: a single try, without any policy of errors (writer.hpp).
//
// The round trips of a batch:
//
//   1. the state of its idempotency keys, if it has any
//   2. locks of accounts, access, numbers of webhooks
//   3. the rates of API keys, if these are limited
//   4. if publications have idempotency keys: everything of 5 but the answers to remember and the counters
//   5. the rows, the deliveries of the events read back, the counters, COMMIT
//
// So there are two without idempotency keys and rates. Transactions lock rows in one order, so that they rarely
// deadlock: accounts, rates, idempotency keys, the webhooks that get an event, new webhooks, counters.
//
// A batch waits for nobody. A write whose idempotency key is in use elsewhere, and a publication whose event has
// many webhooks, leave it. A key that occurs twice in a batch is stored once, and the second write is looked up
// again after the commit.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "common/security/secret_cipher.hpp"
#include "sql/connection/batched_transaction.hpp"
#include "sql/connection/connection.hpp"
#include "sql/group_commit/batch_plan.hpp"
#include "sql/group_commit/look_up.hpp"
#include "sql/group_commit/write.hpp"
#include "sql/webhooks/account_limits.hpp"

namespace db {

class BatchWriter {
  public:
    struct Exits {
        BatchPlan::Exits leave;
        // Called after deliveries were stored.
        std::function<void()> stored;
    };

    BatchWriter(const AccountLimits& limits, const security::SecretCipher& secrets, Exits exits)
        : limits_(limits), secrets_(secrets), exits_(std::move(exits)) {}

    // Settles the writes of the batch, or moves them to `later`. If it returns and some are neither, a request
    // has given up before the commit; then call it again. Throws Error. REQUIRES: the batch is not empty.
    void attempt(Connection& connection, Batch& batch, Batch& later) const;

    // Settles the writes that an earlier try has stored. Returns how many. Throws Error.
    std::size_t settle_stored(Connection& connection, Batch& batch) const;

    // Prepares the statements, so that the database refuses wrong ones at once. Throws Error.
    static void prepare(Connection& connection);

  private:
    void check_rates(BatchedTransaction& transaction, const Batch& batch) const;
    void check_room(const WebhookCounts& counts, const Batch& batch) const;
    void store(BatchedTransaction& transaction, Batch& batch) const;
    void settle_all(const Batch& batch) const;

    const AccountLimits limits_;
    const security::SecretCipher secrets_;
    const Exits exits_;
};

}  // namespace db
