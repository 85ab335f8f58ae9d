// The connections to the database that requests of one process borrow, each for one operation.
//
// A lost connection is replaced and the work is done again, so a restart of the database only delays
// requests. When the database becomes unavailable, requests wait for one second, because it may only be
// restarting. After that they fail at once, and only one at a time tries to connect. Connections to a server
// that accepts no writes are dropped as well: requests that write are retried on new connections for half of
// their patience. If the server still accepts no writes, they fail at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/log.hpp"
#include "sql/connection/account_shares.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/retry.hpp"

namespace db {

class ConnectionPool {
  public:
    using Clock = std::chrono::steady_clock;

    struct Settings {
        ConnectionSettings connection;
        std::size_t most = 8;                                   // connections at once
        std::chrono::milliseconds patience = kDefaultPatience;  // how long a request waits for one
        // For how long statements of a request may run on the server after the end of its patience.
        std::chrono::milliseconds operation_time{1000};
        std::size_t longest_line = 128;  // requests of one account that wait for a share
    };

    // Opens connections only when they are needed.
    ConnectionPool(Settings settings, base::Report report)
        : settings_(std::move(settings)),
          report_(std::move(report)),
          shares_({.all = std::max<std::size_t>(settings_.most / 2, 1),
                   .lists = std::max<std::size_t>(settings_.most / 8, 1),
                   .line = settings_.longest_line}) {}

    // Calls work(connection) and returns its result. The work is done again after a transient error, and on
    // another connection if this one was lost or its server accepts no writes. REQUIRES: work writes only
    // inside a Transaction, and can be done again unless that was committed. Throws Error: CommitUncertain if
    // the outcome of the commit is unknown. Any thread.
    template <class Work>
    auto run(const Work& work) {
        return run_until(deadline(), work);
    }

    // The same, but after a commit whose outcome is unknown find(connection) is called on another connection,
    // if `find` is set by then. It returns the result of the committed work, or nullopt if the commit did not
    // happen; then the work is done again. A server that lags behind returns nullopt for a commit that did
    // happen, so doing the work twice must have the same effect as once, or fail by a duplicate key, after
    // which find is called again. Throws CommitUncertain if the outcome is still unknown at the deadline.
    template <class Work, class Find>
    auto run(const Work& work, const Find& find, Clock::time_point deadline) {
        std::optional<CommitUncertain> uncertain;  // the commit of an earlier try
        for (;;) {
            try {
                return run_until(deadline, work);
            } catch (const CommitUncertain& error) {
                if (!find) throw;
                uncertain.emplace(error);
            } catch (const Error& error) {
                if (!uncertain) throw;
                if (!error.duplicate_key()) throw CommitUncertain(error);
            }
            if (auto found = find_out(find, *uncertain)) return *std::move(found);
            if (Clock::now() >= deadline) throw CommitUncertain(*uncertain);
            std::this_thread::sleep_for(kPauseBetweenTries);
        }
    }

    // Until when a request that arrives now waits for a connection and for a share of its account.
    [[nodiscard]] Clock::time_point deadline() const { return Clock::now() + settings_.patience; }

    // Work for an account must take one of its shares first.
    [[nodiscard]] AccountShares& shares() { return shares_; }

  private:
    template <class Work>
    auto run_until(Clock::time_point deadline, const Work& work) {
        for (;;) {
            {
                Lease lease(*this, deadline);
                try {
                    lease.connection().limit_statements(time_left(deadline));
                    return retry_transient([&] { return work(lease.connection()); }, deadline);
                } catch (const Error& error) {
                    if (!error.ends_connection()) throw;
                    lease.lose(error);
                    if (!is_worth_another(error, deadline)) throw;
                }
            }
            std::this_thread::sleep_for(kPauseBetweenTries);
        }
    }

    // How long the statements of a request may run: less, the longer the request has waited.
    [[nodiscard]] std::chrono::milliseconds time_left(Clock::time_point deadline) const;

    static constexpr std::chrono::milliseconds kPauseBetweenTries{20};

    template <class Find>
    auto find_out(const Find& find, const CommitUncertain& uncertain) {
        try {
            return run([&](Connection& connection) {
                const LatestReads latest(connection);
                return find(connection);
            });
        } catch (const Error&) {
            throw uncertain;
        }
    }

    // A borrowed connection. The destructor returns it, unless it was lost or an exception has left it in an
    // unknown state.
    class Lease {
      public:
        Lease(ConnectionPool& pool, Clock::time_point deadline);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        [[nodiscard]] Connection& connection() { return *connection_; }
        void lose(const Error& error);

      private:
        ConnectionPool& pool_;
        std::optional<Connection> connection_;
    };

    [[nodiscard]] Connection take(Clock::time_point deadline);
    [[nodiscard]] std::optional<Connection> try_to_connect(bool report_failure);
    void give_back(std::optional<Connection> connection);
    [[nodiscard]] bool is_hopeless(Clock::time_point now) const;
    [[nodiscard]] bool is_worth_another(const Error& error, Clock::time_point deadline);

    const Settings settings_;
    const base::Report report_;
    AccountShares shares_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<Connection> idle_;
    std::size_t borrowed_ = 0;
    Refusals refusals_{settings_.patience / 2};  // so that requests fail before their patience ends
    std::optional<Clock::time_point> away_since_;
    bool connecting_ = false;  // while the database is away: a request is trying
};

}  // namespace db
