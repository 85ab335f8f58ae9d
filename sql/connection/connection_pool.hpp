// The connections that requests of one process borrow, each for one operation.
//
// A connection that was lost, perhaps long before anybody noticed, is replaced and the work done again; so a
// restart of the database costs no request more than a moment. While the database is away, requests wait for
// it for a second after it went, because it may only be restarting; after that they fail at once, and one at
// a time tries to connect. A server that takes no writes is left in the same way: those who write try again
// on new connections for half their patience, and fail at once where it goes on.
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
        // For how long statements of a request may run on the server after its patience would have ended.
        std::chrono::milliseconds operation_time{1000};
        std::size_t longest_line = 128;  // requests of one account that wait for its share
    };

    // Connections are made when they are first needed.
    ConnectionPool(Settings settings, base::Report report)
        : settings_(std::move(settings)),
          report_(std::move(report)),
          shares_({.all = std::max<std::size_t>(settings_.most / 2, 1),
                   .lists = std::max<std::size_t>(settings_.most / 8, 1),
                   .line = settings_.longest_line}) {}

    // Calls work(connection) and returns what it does. Work is done again after an error that asks for it,
    // and on another connection if this one was lost, or its server takes no writes. REQUIRES: work writes
    // inside a Transaction only, and can be done again unless that was committed. Throws Error:
    // CommitUncertain if the commit's outcome is not known. Any thread.
    template <class Work>
    auto run(const Work& work) {
        return run_until(deadline(), work);
    }

    // The same. After a commit whose outcome is not known, find(connection) is called on another connection,
    // if there is anything to call by then: it returns what work would have, or nothing if the commit did not
    // happen, and then work is done again. A server that lags behind says nothing as well: work must come to
    // the same when it is done again all the same, and fail by a duplicate key where it can't, after which
    // find is called again. Throws CommitUncertain if nothing tells until the patience ends.
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

    // Until when a request that comes now waits, for a connection and for its account's share of them.
    [[nodiscard]] Clock::time_point deadline() const { return Clock::now() + settings_.patience; }

    // Whose the connections are: work for an account is to hold one of its shares.
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

    // For the statements of a request, which has less of it the longer it has waited.
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

    // A borrowed connection; given back in the end unless it was lost, or an exception left it in the middle
    // of something unknown.
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
    [[nodiscard]] std::optional<Connection> try_to_connect(bool is_news);
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
    Refusals refusals_{settings_.patience / 2};  // so that who waits is told before it gives up
    std::optional<Clock::time_point> away_since_;
    bool connecting_ = false;  // while the database is away: somebody tries
};

}  // namespace db
