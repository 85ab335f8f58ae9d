// What one account may hold of the connections of a process: at most half of them, however much it asks for
// and whoever else is there, and for lists at most an eighth. Its requests beyond that wait in a line of the
// account's own, first come, first served, and the line has a limit too.
//
// Lists have less because the server's processors are what they take: a page of a filtered list examines up
// to 10,000 entries. Beside an account that did so on half of the connections of two processes, neighbours on
// two cores kept half of their rate of registrations; beside one of one connection each they keep all of it.
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

    // What a share is wanted for.
    enum class Work { kList, kOther };

    // For each account.
    struct Limits {
        std::size_t all;    // shares held at once; more than none
        std::size_t lists;  // of these, for lists; more than none
        std::size_t line;   // requests that wait for one
    };

    explicit AccountShares(const Limits& limits) : limits_(limits) {}

    // One of the account's shares, given back in the end. The AccountShares outlive it.
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

    // Nothing if the account holds all that it may for such work. Any thread.
    [[nodiscard]] std::optional<Share> try_take(model::Id account, Work work);
    // Waits for one in the account's line. Nothing if the line is full, or the deadline passes. Any thread.
    [[nodiscard]] std::optional<Share> take(model::Id account, Work work, Clock::time_point deadline);

  private:
    struct Waiting {
        Work work;
        std::condition_variable turn{};
        bool has_share = false;
    };
    struct Account {
        std::size_t taken = 0;
        std::size_t lists = 0;       // of these
        std::list<Waiting*> line{};  // none of which may have a share
    };

    [[nodiscard]] bool may_take(const Account& known, Work work) const;
    [[nodiscard]] std::optional<Share> take_at_once(model::Id account, Account& known, Work work);
    void give_back(model::Id account, Work work);

    const Limits limits_;
    std::mutex mutex_;
    std::map<model::Id, Account> accounts_;  // those that hold a share
};

}  // namespace db
