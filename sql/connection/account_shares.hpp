// Limits the connections that one account may use in a process: at most half of them, and for lists at most
// an eighth, even if no other account needs any. Further requests of the account wait in a queue of its own,
// first come, first served. The queue has a limit too.
//
// Lists get fewer because they load the server's processors: a page of a filtered list examines up to 10,000
// entries. While one account read such pages on half of the connections of two processes, other accounts on
// two cores kept half of their rate of registrations. With one connection of each process they keep all of
// it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "common/model/id.hpp"

namespace db {

class AccountShares {
  public:
    using Clock = std::chrono::steady_clock;

    // What the share is used for.
    enum class Work { kList, kOther };

    // For each account.
    struct Limits {
        std::size_t all;    // shares in use at once; at least 1
        std::size_t lists;  // of these, for lists; at least 1
        std::size_t line;   // requests that wait for a share
    };

    explicit AccountShares(const Limits& limits) : limits_(limits) {}

    // One of the account's shares. The destructor returns it. REQUIRES: the AccountShares outlive it.
    class Share {
      public:
        Share(AccountShares& shares, model::Id account, Work work)
            : shares_(&shares), account_(account), work_(work) {}
        ~Share();
        Share(Share&& other) noexcept
            : shares_(std::exchange(other.shares_, nullptr)), account_(other.account_), work_(other.work_) {}
        Share& operator=(Share&& other) noexcept;

      private:
        AccountShares* shares_;
        model::Id account_;
        Work work_;
    };

    // Returns nullopt if the account already uses all its shares for such work. Any thread.
    [[nodiscard]] std::optional<Share> try_take(model::Id account, Work work);
    // Waits in the account's queue. Returns nullopt if the queue is full or the deadline passes. Any thread.
    [[nodiscard]] std::optional<Share> take(model::Id account, Work work, Clock::time_point deadline);

  private:
    struct Waiting {
        Work work;
        std::condition_variable granted{};
        bool has_share = false;
    };
    struct Account {
        void take(Work work) {
            ++taken;
            if (work == Work::kList) ++lists;
        }
        void release(Work work) {
            --taken;
            if (work == Work::kList) --lists;
        }

        std::size_t taken = 0;
        std::size_t lists = 0;       // of these
        std::list<Waiting*> line{};  // requests that the limits keep waiting
    };

    [[nodiscard]] bool may_take(const Account& known, Work work) const;
    [[nodiscard]] std::optional<Share> take_at_once(model::Id account, Account& known, Work work);
    void give_back(model::Id account, Work work);

    const Limits limits_;
    std::mutex mutex_;
    std::map<model::Id, Account> accounts_;  // those that use a share
};

}  // namespace db
