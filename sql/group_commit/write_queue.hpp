// The queue between the threads that submit writes and the writers.
//
// Large batches cost the database least, but nobody is held back to fill one. A writer takes whatever waits if no
// other one is at work. Otherwise it takes what fills half a batch, or what has waited for a moment: the other writer
// may be waiting for a lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "sql/group_commit/write.hpp"

namespace db {

class WriteQueue {
  public:
    // longest: writes that wait. most: writes of a batch. moment: how long a write waits for a writer at work.
    WriteQueue(std::size_t longest, std::size_t most,
               std::chrono::milliseconds moment = std::chrono::milliseconds{20})
        : longest_(longest), most_(most), moment_(moment) {}

    // Returns false, and leaves the write, if the queue is full or closed. Any thread.
    [[nodiscard]] bool add(std::unique_ptr<Write>& write);

    // Puts writes of a batch back, before all others. So those of other keys get into the next batch as well.
    void put_back(Batch writes);

    // For writers. Blocks until there is something to do, at most for that long; then the batch is empty. If
    // more writes wait than fit into a batch, the keys share the batch round-robin. Requests that have given
    // up are left out. A writer that took a batch calls done() before it takes the next.
    [[nodiscard]] Batch take(std::chrono::milliseconds time);
    void done();

    // Whether a writer waits for work.
    [[nodiscard]] bool has_idle_writer() const;

    // No more writes follow. What is queued is still taken.
    void close();
    [[nodiscard]] bool is_at_end() const;  // closed and empty

  private:
    [[nodiscard]] bool fills_half_a_batch() const {
        return queued_.size() >= std::max<std::size_t>(most_ / 2, 1);
    }
    [[nodiscard]] bool is_due(Write::Clock::time_point now) const;
    void wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time);

    const std::size_t longest_;
    const std::size_t most_;
    const std::chrono::milliseconds moment_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::deque<std::unique_ptr<Write>> queued_;
    std::size_t idle_writers_ = 0;
    std::size_t busy_writers_ = 0;
    bool closed_ = false;
};

}  // namespace db
