// Work that is done again when the database asks for it (ErrorCategory::kRetry): a deadlock, a lock waited
// for in vain, a snapshot that is too old. The transaction is undone.
#pragma once

#include <chrono>
#include <thread>

#include "sql/connection/connection.hpp"

namespace db {

// Calls work() until it comes through, a few times at most, and never again after the deadline. REQUIRES: a
// transaction that work() opens it also ends.
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

// The same with work() inside a transaction, which is committed.
template <class Work>
auto in_transaction(Connection& connection, const Work& work) {
    return retry_transient([&] {
        Transaction transaction(connection);
        auto result = work();
        transaction.commit();
        return result;
    });
}

// How long a server has been taking no writes (ErrorCategory::kWrongServer). A failover takes a moment, for
// which requests wait; where it lasts, they are not to pile up.
class Refusals {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Refusals(Clock::duration moment) : moment_(moment) {}

    // A write was refused: whether that has lasted for more than the moment.
    [[nodiscard]] bool have_lasted(Clock::time_point now) {
        constexpr std::chrono::seconds kPause{1};  // what has not been met for as long is over
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
