// One writer: a connection of its own, and the batches it takes from the queue. See registrar.hpp.
//
// Every registration that is taken is settled, or its request has given up. An Error never leaves run().
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

    // Until the queue is closed and empty.
    void run();

  private:
    using Batch = RegistrationQueue::Batch;

    void connect();
    [[nodiscard]] bool try_to_connect();
    void lose_connection(const char* reason);
    void reconnect_patiently();
    // As long as anybody of the batch waits for it; those who gave up leave it.
    [[nodiscard]] bool reconnect_for(Batch& batch);
    // Whether a batch that failed is to be tried again as it is.
    [[nodiscard]] bool is_worth_another(const Error& error, int tries);

    void process(Batch batch);
    // Stores the batch, or fails it, or puts its halves on the list.
    void process(Batch batch, std::vector<Batch>& later);
    // One try. Registrations that it settles leave the batch; if any is left, try again.
    void attempt(Batch& batch);
    [[nodiscard]] Rows look_up(const Batch& batch, std::vector<std::size_t>& question_of);
    // Settles whatever needs no storing and takes it out of the batch; the rest has a plan.
    void plan(Batch& batch, const Rows& access, const std::vector<std::size_t>& question_of);
    // False if it was settled, because nothing is to be stored.
    [[nodiscard]] bool plan_one(RegistrationQueue::Ticket& ticket, const Rows& access, std::size_t row);
    [[nodiscard]] PlannedWebhook plan_webhook(const model::WebhookFields& webhook,
                                              const model::Caller& caller, const Rows& access,
                                              std::size_t row) const;
    void store(Batch& batch);
    void refuse_excess(Batch& batch);
    void insert(const Batch& batch);
    // After a commit that had no answer: asks a new connection, as long as anybody waits.
    void find_out_commit(Batch& batch);
    // Settles those that an earlier try has stored and takes them out of the batch; how many.
    std::size_t settle_stored(Batch& batch);
    void settle_all(Batch& batch);
    void fail(const Batch& batch, const Unavailable& outcome);

    const RegistrarSettings settings_;
    const security::SecretCipher secrets_;
    RegistrationQueue& queue_;
    const base::Report& report_;
    std::optional<Connection> connection_;
    Refusals refusals_{settings_.patience / 2};  // so that who waits is told before it gives up
};

}  // namespace db
