// Where request threads leave their registrations and wait, and writers find them.
//
// A registration is queued, taken by a writer, perhaps being committed, settled. Its request waits no longer
// than its patience. One that gives up before the commit is sent is left out of it, so what was answered with
// an error is not stored; one that gives up later learns that the outcome is uncertain.
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

// A registration that may be stored, and what its client will be told.
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

        // The writer's, while it has the ticket: generated once, so that every try stores the same webhook under
        // the same id, and none can store it twice.
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

    // For requests. Fails at once if no writer has had a connection for a while, or if all are stuck for
    // longer than somebody's patience: waiting would only time out and occupy a request thread.
    // by: is told whose key it came with, if that was learned.
    RegistrationOutcome submit(Registration registration, std::chrono::milliseconds patience,
                               std::optional<model::Identity>* by = nullptr);

    // For writers. take() blocks; an empty batch means that the queue is closed and empty. Where more wait
    // than a batch holds, keys take turns.
    void writer_connected();
    void writer_lost();
    [[nodiscard]] Batch take(std::size_t most);
    // Tells the tickets from those whose requests gave up.
    void drop_abandoned(Batch& batch);
    // From here on an abandoned request is told that the outcome is uncertain. False, and nothing changes, if
    // one of the batch was abandoned before.
    [[nodiscard]] bool start_commit(const Batch& batch);
    // The commit is known not to have happened.
    void cancel_commit(const Batch& batch);
    // It may have happened: whatever fails from here on, the outcome is uncertain.
    void doubt_commit(const Batch& batch);
    void settle(Ticket& ticket, RegistrationOutcome outcome);
    void identify(Ticket& ticket, const std::optional<model::Identity>& by);

    // Nothing is submitted any more; what is queued is still taken.
    void close();
    // Sleeps that long, or until the queue is closed; whether it is closed.
    bool wait_for_close(std::chrono::milliseconds time);

  private:
    const std::chrono::milliseconds grace_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable closing_;
    std::deque<std::shared_ptr<Ticket>> queued_;
    std::size_t connected_writers_ = 0;
    std::chrono::steady_clock::time_point away_since_{};  // where connected_writers_ is 0
    std::size_t idle_writers_ = 0;
    bool stalled_ = false;  // somebody's patience ended, and nothing was settled since
    bool closed_ = false;
};

}  // namespace db
