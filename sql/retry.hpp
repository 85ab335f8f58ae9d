// Work that is done again when the database asks for it: a deadlock, a lock waited for in vain, a snapshot
// that is too old. All of them undo the transaction.
#pragma once

#include <chrono>
#include <thread>

#include "sql/connection.hpp"

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
            if (!error.transient() || tries == kMostTries || !in_time) throw;
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

}  // namespace db
