// A thread's connection to the database. It survives faults of the server and of the network.
//
// A lost connection is replaced and the work is done again, so a restart of the database only delays requests.
// The Availability, which all sessions of a process share, says whether it is worth waiting for the database.
// Nothing is begun after the deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "sql/connection/availability.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/retry.hpp"

namespace db {

class Session {
  public:
    using Clock = std::chrono::steady_clock;

    // Connects when it is first needed. set_up is called for each new connection, to prepare its statements;
    // it may be empty. The Availability outlives the Session.
    Session(ConnectionSettings settings, Availability& availability,
            std::function<void(Connection&)> set_up = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Connects now, so that a wrong configuration is found at start. Throws Error.
    void connect();

    // Calls work(connection) and returns its result. The work is done again after a transient error, and on
    // another connection if this one was lost or its server accepts no writes. REQUIRES: work writes only in a
    // Transaction or a Batch, and can be done again unless that was committed. Throws Error: CommitUncertain
    // if the outcome of the commit is unknown.
    template <class Work>
    auto run(const Work& work, Clock::time_point deadline);

    // The same, but after a commit whose outcome is unknown find(connection) is called on another connection,
    // if `find` is set by then. It returns the result of the committed work, or nullopt if the commit did not
    // happen; then the work is done again. A server that lags behind returns nullopt for a commit that did
    // happen, so doing the work twice must have the same effect as once, or fail by a duplicate key, after
    // which find is called again. Throws CommitUncertain if the outcome is still unknown at the deadline.
    template <class Work, class Find>
    auto run(const Work& work, const Find& find, Clock::time_point deadline);

    // For idle threads, while the database is away: tries to connect unless another thread does.
    void reconnect() noexcept;

    // Whether run() is still at work although its deadline has passed: the database does not answer. New work
    // need not wait behind it. Any thread.
    [[nodiscard]] bool is_overdue() const { return Clock::now().time_since_epoch() > deadline_.load(); }

  private:
    static constexpr std::chrono::milliseconds kPauseBetweenTries{20};
    // So many connections are lost in one run at most. A packet that is too large for the server looks like a
    // lost connection each time.
    static constexpr int kMostLosses = 4;

    // The deadline of the run in progress.
    class Running {
      public:
        Running(Session& session, Clock::time_point deadline) : session_(session) {
            session_.deadline_ = deadline.time_since_epoch();
        }
        ~Running() { session_.deadline_ = kIdle; }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

      private:
        Session& session_;
    };

    template <class Work>
    auto try_until(Clock::time_point deadline, const Work& work);
    template <class Work>
    auto try_on(Connection& connection, const Work& work, Clock::time_point deadline);
    template <class Find>
    auto find_out(const Find& find, const CommitUncertain& uncertain, Clock::time_point deadline);

    // Throws Error after the deadline.
    static std::chrono::milliseconds time_left(Clock::time_point deadline);
    // Opens the connection if there is none, or an old one. Throws Error.
    Connection& open(Clock::time_point deadline);
    [[nodiscard]] Connection make() const;
    void lose(const Error& error);
    // After an exception the transaction was rolled back, but the rest of the connection's state is unknown.
    void close();
    [[nodiscard]] bool is_worth_another(const Error& error, int losses, Clock::time_point deadline);

    static constexpr Clock::duration kIdle = Clock::duration::max();

    const ConnectionSettings settings_;
    Availability& availability_;
    const std::function<void(Connection&)> set_up_;
    std::optional<Connection> connection_;
    std::uint64_t generation_ = 0;  // of the connection
    std::atomic<Clock::duration> deadline_ = kIdle;
};

template <class Work>
auto Session::run(const Work& work, Clock::time_point deadline) {
    const Running running(*this, deadline);
    return try_until(deadline, work);
}

template <class Work, class Find>
auto Session::run(const Work& work, const Find& find, Clock::time_point deadline) {
    const Running running(*this, deadline);
    std::optional<CommitUncertain> uncertain;  // the commit of an earlier try
    for (;;) {
        try {
            return try_until(deadline, work);
        } catch (const CommitUncertain& error) {
            if (!find) throw;
            uncertain.emplace(error);
        } catch (const Error& error) {
            if (!uncertain) throw;
            if (!error.duplicate_key()) throw CommitUncertain(error);
        }
        if (auto found = find_out(find, *uncertain, deadline)) return *std::move(found);
        if (Clock::now() >= deadline) throw CommitUncertain(*uncertain);
        std::this_thread::sleep_for(kPauseBetweenTries);
    }
}

template <class Work>
auto Session::try_until(Clock::time_point deadline, const Work& work) {
    for (int losses = 1;; ++losses) {
        Connection& connection = open(deadline);
        try {
            return try_on(connection, work, deadline);
        } catch (const Error& error) {
            if (!error.ends_connection() || !is_worth_another(error, losses, deadline)) throw;
        }
        std::this_thread::sleep_for(kPauseBetweenTries);
    }
}

template <class Work>
auto Session::try_on(Connection& connection, const Work& work, Clock::time_point deadline) {
    try {
        connection.limit_statements(time_left(deadline));
        return retry_transient([&] { return work(connection); }, deadline);
    } catch (const Error& error) {
        error.ends_connection() ? lose(error) : close();
        throw;
    } catch (...) {
        close();
        throw;
    }
}

template <class Find>
auto Session::find_out(const Find& find, const CommitUncertain& uncertain, Clock::time_point deadline) {
    try {
        return try_until(deadline, [&](Connection& connection) {
            const LatestReads latest(connection);
            return find(connection);
        });
    } catch (const Error&) {
        throw CommitUncertain(uncertain);
    }
}

}  // namespace db
