// A writer of the group commit: takes batches from the queue and stores them over its own session.
//
// It settles every write that it takes, unless the request has given up. A failed batch is tried again in
// halves, down to single writes, so that one can't make others fail.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/base/log.hpp"
#include "sql/connection/availability.hpp"
#include "sql/connection/session.hpp"
#include "sql/group_commit/batch_writer.hpp"
#include "sql/group_commit/write_queue.hpp"

namespace db {

class Writer {
  public:
    // All outlive the writer. settings: with multi_statements.
    Writer(const ConnectionSettings& settings, const BatchWriter& batches, WriteQueue& queue,
           Availability& availability, const base::Report& report)
        : batches_(batches),
          queue_(queue),
          availability_(availability),
          report_(report),
          session_(settings, availability, BatchWriter::prepare) {}

    // Connects and prepares the statements. Throws Error.
    void connect() { session_.connect(); }

    // Returns when the queue is closed and empty.
    void run() noexcept;

    // It works on a batch whose requests have given up, or the last one ended like that: the database does not
    // answer. Any thread.
    [[nodiscard]] bool is_stuck() const { return is_stuck_ || session_.is_overdue(); }

  private:
    using Clock = std::chrono::steady_clock;

    void process(Batch batch);
    // Stores the batch, fails it, or adds parts of it to `later`.
    void process(Batch batch, std::vector<Batch>& later);
    // Makes a try. Moves writes that must be looked up again to `again`. Throws Error.
    void store(Batch& batch, Batch& again);
    // Settles what an earlier try has stored, and returns how many writes that were; nullopt if the database
    // does not tell. What is not found stays in the batch for the next try, under the same ids: this server
    // may lag behind the one that committed.
    std::optional<std::size_t> settle_stored(Batch& batch);
    void find_out_commit(Batch& batch);
    // After an error, with which nothing was stored. Divides the batch, or fails it.
    void divide(Batch& batch, const Error& error, std::vector<Batch>& later);
    static void fail(Batch& batch, const Unavailable& outcome);

    const BatchWriter& batches_;
    WriteQueue& queue_;
    Availability& availability_;
    const base::Report& report_;
    Session session_;
    std::atomic<bool> is_stuck_ = false;
};

}  // namespace db
