// The queue between request threads, which submit registrations and wait, and the writers of the registrar.
//
// A registration is queued, then taken by a writer, then committing unless there is nothing to store, then
// settled. Its request waits no longer than its patience. If the request gives up before the COMMIT is sent,
// the registration is left out of it and not stored. If it gives up later, it is told that the outcome is
// uncertain.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "sql/webhooks/batch_statements.hpp"
#include "sql/webhooks/registrar.hpp"

namespace db {

// A registration that may be stored, and the answer for its client.
struct PlannedWebhook {
    WebhookRow row{};
    model::Event event;
};

class RegistrationQueue {
  public:
    // grace: for how long requests still wait for a database that went away, because it may only be
    // restarting.
    explicit RegistrationQueue(std::chrono::milliseconds grace = std::chrono::seconds{1}) : grace_(grace) {}

    class Ticket {
      public:
        explicit Ticket(Registration registration) : registration_(std::move(registration)) {}
        [[nodiscard]] const Registration& registration() const { return registration_; }

        // For the writer that has the ticket. Generated once, so that every try stores the same webhook under
        // the same id, and the webhook can't be stored twice.
        std::optional<PlannedWebhook> plan;

      private:
        friend class RegistrationQueue;
        enum class State { kQueued, kTaken, kCommitting, kSettled, kAbandoned };

        const Registration registration_;
        State state_ = State::kQueued;  // this and the rest are guarded by the queue's mutex
        bool perhaps_stored_ = false;   // by a try whose commit had no answer
        std::optional<model::Identity> by_;
        std::optional<RegistrationOutcome> outcome_;
        std::condition_variable settled_;
    };
    using Batch = std::vector<std::shared_ptr<Ticket>>;

    // For requests. Fails at once if no writer has had a connection for the grace time, or if all writers
    // have been stuck for longer than a request's patience: waiting would only time out and occupy a request
    // thread. by: is set to the owner of the key, if it was found.
    RegistrationOutcome submit(Registration registration, std::chrono::milliseconds patience,
                               std::optional<model::Identity>* by = nullptr);

    // For writers. take() blocks; an empty batch means that the queue is closed and empty. If more
    // registrations wait than fit into a batch, the keys share the batch round-robin.
    void writer_connected();
    void writer_lost();
    [[nodiscard]] Batch take(std::size_t most);
    // Removes the tickets whose requests have given up.
    void drop_abandoned(Batch& batch);
    // From here on, an abandoned request is told that the outcome is uncertain. Returns false and changes
    // nothing if a ticket of the batch has already been abandoned.
    [[nodiscard]] bool start_commit(const Batch& batch);
    // The commit is known not to have happened.
    void cancel_commit(const Batch& batch);
    // The commit may have happened: for all later failures, the outcome is uncertain.
    void doubt_commit(const Batch& batch);
    void settle(Ticket& ticket, RegistrationOutcome outcome);
    void identify(Ticket& ticket, const std::optional<model::Identity>& by);

    // No more submissions follow; queued registrations are still taken.
    void close();
    // Sleeps that long, or until the queue is closed. Returns whether it is closed.
    bool wait_for_close(std::chrono::milliseconds time);

  private:
    const std::chrono::milliseconds grace_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable closing_;
    std::deque<std::shared_ptr<Ticket>> queued_;
    std::size_t connected_writers_ = 0;
    std::chrono::steady_clock::time_point away_since_{};  // valid if connected_writers_ is 0
    std::size_t idle_writers_ = 0;
    bool stalled_ = false;  // a request's patience has ended, and no ticket was settled since
    bool closed_ = false;
};

}  // namespace db
