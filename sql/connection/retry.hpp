// Retries work after transient errors (ErrorCategory::kRetry): a deadlock, a lock that timed out, a snapshot
// that is too old. The database has undone the transaction.
#pragma once

#include <chrono>
#include <thread>

#include "sql/connection/connection.hpp"

namespace db {

// Calls work() until it succeeds, at most five times, and never again after the deadline. REQUIRES: work()
// ends every transaction that it opens.
template <class Work>
auto retry_transient(const Work& work, std::chrono::steady_clock::time_point deadline =
                                           std::chrono::steady_clock::time_point::max()) {
    constexpr int kMostTries = 5;
    constexpr std::chrono::milliseconds kPause{20};
    for (int tries = 1;; ++tries) {
        try {
            return work();
        } catch (const Error& error) {
            const bool in_time = std::chrono::steady_clock::now() < deadline;
            if (!error.is(ErrorCategory::kRetry) || tries == kMostTries || !in_time) throw;
        }
        std::this_thread::sleep_for(kPause * tries);
    }
}

// The same, with each call of work() inside a transaction of its own, which is committed.
template <class Work>
auto in_transaction(Connection& connection, const Work& work) {
    return retry_transient([&] {
        Transaction transaction(connection);
        auto result = work();
        transaction.commit();
        return result;
    });
}

// Tracks for how long servers have been refusing writes (ErrorCategory::kWrongServer). Requests wait for the
// short time that a failover takes. If it takes longer, they must not pile up.
class Refusals {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Refusals(Clock::duration moment) : moment_(moment) {}

    // To be called when a write was refused. Returns whether refusals have lasted for longer than `moment`.
    [[nodiscard]] bool have_lasted(Clock::time_point now) {
        constexpr std::chrono::seconds kPause{1};  // without a refusal for as long, they are over
        if (now - latest_ > kPause) first_ = now;
        latest_ = now;
        return now - first_ > moment_;
    }

  private:
    Clock::duration moment_;
    Clock::time_point first_{};
    Clock::time_point latest_{};
};

}  // namespace db
