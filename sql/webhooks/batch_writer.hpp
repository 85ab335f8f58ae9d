// A writer of the registrar (registrar.hpp): takes batches from the queue and stores them over its own
// connection.
//
// It settles every registration that it takes, unless the request has given up. run() never throws an Error.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/connection/retry.hpp"
#include "sql/webhooks/batch_statements.hpp"
#include "sql/webhooks/registration_queue.hpp"

namespace db {

class BatchWriter {
  public:
    // Connects and prepares the statements. Throws Error.
    BatchWriter(const RegistrarSettings& settings, const security::SecretCipher& secrets,
                RegistrationQueue& queue, const base::Report& report);

    // Returns when the queue is closed and empty.
    void run();

  private:
    using Batch = RegistrationQueue::Batch;

    void connect();
    [[nodiscard]] bool try_to_connect();
    void lose_connection(const char* reason);
    void reconnect_patiently();
    // Tries to reconnect while a request of the batch waits. Removes the abandoned registrations from the
    // batch.
    [[nodiscard]] bool reconnect_for(Batch& batch);
    // Whether to try a failed batch again without dividing it.
    [[nodiscard]] bool is_worth_another(const Error& error, int tries);

    void process(Batch batch);
    // Stores the batch, fails it, or adds its halves to `later`.
    void process(Batch batch, std::vector<Batch>& later);
    // Makes one try, and removes the settled registrations from the batch. If any is left, try again.
    void attempt(Batch& batch);
    [[nodiscard]] Rows look_up(const Batch& batch, std::vector<std::size_t>& request_of);
    // Settles and removes the registrations that need no storing. The others have a plan afterwards.
    void plan(Batch& batch, const Rows& access, const std::vector<std::size_t>& request_of);
    // Returns false if it settled the registration, because there is nothing to store.
    [[nodiscard]] bool plan_one(RegistrationQueue::Ticket& ticket, const Rows& access, std::size_t row);
    [[nodiscard]] PlannedWebhook plan_webhook(const model::WebhookFields& webhook,
                                              const model::Caller& caller, const Rows& access,
                                              std::size_t row) const;
    void store(Batch& batch);
    void refuse_excess(Batch& batch);
    void insert(const Batch& batch);
    // Looks for the outcome of a commit without answer over a new connection, while any request waits.
    void find_out_commit(Batch& batch);
    // Settles and removes the registrations that an earlier try has stored. Returns how many.
    std::size_t settle_stored(Batch& batch);
    void settle_all(Batch& batch);
    void fail(const Batch& batch, const Unavailable& outcome);

    const RegistrarSettings settings_;
    const security::SecretCipher secrets_;
    RegistrationQueue& queue_;
    const base::Report& report_;
    std::optional<Connection> connection_;
    Refusals refusals_{settings_.patience / 2};  // so that requests fail before their patience ends
};

}  // namespace db
