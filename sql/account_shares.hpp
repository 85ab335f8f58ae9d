// What one account may hold of something that all accounts share, such as the connections of a process: at
// most half of it, however much it asks for and whoever else is there. Its requests beyond that wait in a
// line of the account's own, first come, first served, and the line has a limit too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "sql/id.hpp"

namespace db {

class AccountShares {
  public:
    using Clock = std::chrono::steady_clock;

    // For each account: shares held at once, and requests that wait for one. REQUIRES: most > 0.
    AccountShares(std::size_t most, std::size_t longest_line) : most_(most), longest_line_(longest_line) {}

    // One of the account's shares, given back in the end. The AccountShares outlive it.
    class Share {
      public:
        Share(AccountShares& shares, Id account) : shares_(&shares), account_(account) {}
        ~Share();
        Share(Share&& other) noexcept
            : shares_(std::exchange(other.shares_, nullptr)), account_(other.account_) {}
        Share& operator=(Share&& other) noexcept;

      private:
        AccountShares* shares_;
        Id account_;
    };

    // Nothing if the account has all of its shares, or others of it wait for one. Any thread.
    [[nodiscard]] std::optional<Share> try_take(Id account);
    // Waits for one in the account's line. Nothing if the line is full, or the deadline passes. Any thread.
    [[nodiscard]] std::optional<Share> take(Id account, Clock::time_point deadline);

  private:
    struct Waiting {
        std::condition_variable turn;
        bool has_share = false;
    };
    struct Account {
        std::size_t taken = 0;
        std::list<Waiting*> line;  // empty unless all shares are taken
    };

    [[nodiscard]] std::optional<Share> take_at_once(Id account, Account& known);
    void give_back(Id account);

    const std::size_t most_;
    const std::size_t longest_line_;
    std::mutex mutex_;
    std::map<Id, Account> accounts_;  // those that hold a share
};

}  // namespace db
