// Limits the threads of a worker pool that one account may use: at most half of them, and for lists at most an
// eighth, even if no other account needs any. Further jobs of the account are parked in a line of its own, first
// come, first served. The line has a limit too.
//
// Lists get fewer because they load the server's processors: a page of a filtered list examines thousands of
// entries. One thread that reads such pages without a pause keeps a processor of the server busy. So the share of
// a list rests before the next list of the account gets it (worker_pool.hpp).
//
// The pool guards this by its mutex.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>

#include "common/model/id.hpp"
#include "sql/connection/job.hpp"

namespace db {

class AccountShares {
  public:
    // What a share is used for.
    enum class Work { kList, kOther };

    // For each account.
    struct Limits {
        std::size_t all;    // shares in use at once; at least 1
        std::size_t lists;  // of these, for lists; at least 1
        std::size_t line;   // jobs that wait for a share
    };

    struct Share {
        model::Id account = 0;
        Work work = Work::kOther;
    };

    struct Parked {
        std::unique_ptr<Job> job;
        Share share;
    };

    explicit AccountShares(const Limits& limits) : limits_(limits) {}

    // Returns false if the account already uses all its shares for such work.
    [[nodiscard]] bool try_take(const Share& share);
    // Puts the job into the account's line. Returns false, and leaves the job, if the line is full. REQUIRES:
    // try_take has just failed.
    [[nodiscard]] bool park(std::unique_ptr<Job>& job, const Share& wanted);
    // Whether a job of the account waits for a share for such work.
    [[nodiscard]] bool is_wanted(const Share& share) const;
    // Returns the job that has waited longest among those that may take a share now. It has taken it.
    [[nodiscard]] std::optional<Parked> give_back(const Share& share);

  private:
    struct Account {
        std::size_t taken = 0;
        std::size_t lists = 0;  // of these
        std::list<Parked> line{};
    };

    [[nodiscard]] bool may_take(const Account& known, Work work) const;
    static void take(Account& known, Work work);

    const Limits limits_;
    std::map<model::Id, Account> accounts_;  // those that use a share
};

}  // namespace db
