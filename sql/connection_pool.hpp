// The connections that requests of one process borrow, each for one operation.
//
// A connection that was lost, perhaps long before anybody noticed, is replaced and the work done again; so a
// restart of the database costs no request more than a moment. While the database is away, requests wait for
// it for a second after it went, because it may only be restarting; after that they fail at once, and one at
// a time tries to connect.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/connection.hpp"
#include "sql/retry.hpp"

namespace db {

class ConnectionPool {
  public:
    struct Settings {
        ConnectionSettings connection;
        std::size_t most = 8;                      // connections at once
        std::chrono::milliseconds patience{1800};  // how long a request waits for one
    };
    // One line of text for the log.
    using Log = std::function<void(std::string_view event, std::string_view detail)>;

    // Connections are made when they are first needed.
    ConnectionPool(Settings settings, Log log) : settings_(std::move(settings)), log_(std::move(log)) {}

    // Calls work(connection) and returns what it does. Work is done again after a transient error, and on
    // another connection if this one was lost. REQUIRES: work writes inside a Transaction only, and can be
    // done again unless that was committed. Throws Error: CommitUncertain if the commit's outcome is not
    // known. Any thread.
    template <class Work>
    auto run(const Work& work) {
        const auto deadline = Clock::now() + settings_.patience;
        for (;;) {
            Lease lease(*this, deadline);
            try {
                return retry_transient([&] { return work(lease.connection()); }, deadline);
            } catch (const CommitUncertain& error) {
                lease.lose(error);
                throw;
            } catch (const Error& error) {
                if (!error.connection_lost()) throw;
                lease.lose(error);
                if (Clock::now() >= deadline) throw;
            }
        }
    }

    // The same. After a commit whose outcome is not known, find(connection) is called on another connection,
    // if there is anything to call by then: it returns what work would have, or nothing if the commit did not
    // happen, and then work is done again. Throws CommitUncertain only if that can't be learned either.
    template <class Work, class Find>
    auto run(const Work& work, const Find& find) {
        const auto deadline = Clock::now() + settings_.patience;
        for (;;) {
            try {
                return run(work);
            } catch (const CommitUncertain& uncertain) {
                if (!find) throw;
                if (auto found = find_out(find, uncertain)) return *std::move(found);
                if (Clock::now() >= deadline) throw Error(uncertain.code(), uncertain.what());
            }
        }
    }

  private:
    using Clock = std::chrono::steady_clock;

    template <class Find>
    auto find_out(const Find& find, const CommitUncertain& uncertain) {
        try {
            return run(find);
        } catch (const Error&) {
            throw CommitUncertain(uncertain.code(), uncertain.what());
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

    const Settings settings_;
    const Log log_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<Connection> idle_;
    std::size_t borrowed_ = 0;
    std::optional<Clock::time_point> away_since_;
    bool connecting_ = false;  // while the database is away: somebody tries
};

}  // namespace db
