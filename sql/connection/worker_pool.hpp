// A fixed number of threads, each with a Session of its own, and one bounded queue of jobs.
//
// No thread waits for another. A job that gets no share of its account (account_shares.hpp) is parked, and goes to
// the head of the queue when another job of the account has ended.
//
// If a list has ended and another one of its account waits, the share rests first for as long as the list took, at
// most 100 ms. So lists that an account reads without a pause take half of a processor of the database server for
// each share. The thread serves others meanwhile.
//
// How a job uses the pool:
//
//     void run(db::Worker& worker) noexcept override {
//         try {
//             const auto work = [&](db::Connection& connection) -> std::optional<http::Response> {
//                 if (!access_) access_ = db::check_access(connection, ...);
//                 ...
//                 if (!worker.take_share(account, kind_)) return std::nullopt;  // parked: run() is called again
//                 return operation_.run(...);
//             };
//             auto response = worker.session().run(work, find, reply_.deadline());
//             if (response) reply_.answer(*std::move(response));
//         } catch (const std::exception& exception) { ... }
//     }
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/log.hpp"
#include "sql/connection/account_shares.hpp"
#include "sql/connection/availability.hpp"
#include "sql/connection/job.hpp"
#include "sql/connection/session.hpp"

namespace db {

class WorkerPool {
  public:
    struct Settings {
        ConnectionSettings connection;
        std::size_t threads = 8;
        std::size_t longest_queue = 1024;  // jobs
        std::size_t longest_line = 512;    // parked jobs of one account
    };

    // Connects when there is work. The Availability outlives the pool.
    WorkerPool(const Settings& settings, Availability& availability);
    // Runs the jobs that are queued or parked, then joins the threads. No more jobs may be submitted.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // Refuses the job at once if the queue is full, if the database is away, or if it does not answer: all
    // threads are still at work for jobs whose deadline has passed. Any thread.
    void submit(std::unique_ptr<Job> job);

  private:
    friend class Worker;
    struct Ready {
        std::unique_ptr<Job> job;
        std::optional<AccountShares::Share> share;  // if the job was parked
    };

    using Clock = std::chrono::steady_clock;
    struct Rest {
        Clock::time_point end;
        AccountShares::Share share;
    };

    [[nodiscard]] std::optional<std::string_view> put(std::unique_ptr<Job>& job);
    void work(Session& session);
    [[nodiscard]] std::optional<Ready> next(Session& session);
    void wait(std::unique_lock<std::mutex>& lock, Session& session);
    void end(Ready ready, const std::optional<AccountShares::Share>& wanted, Clock::duration took);
    // REQUIRES (both): the mutex is locked.
    void pass_on(const AccountShares::Share& share);
    void end_rests();
    void park(std::unique_ptr<Job> job, const AccountShares::Share& wanted);

    const Settings settings_;
    Availability& availability_;
    std::mutex mutex_;
    std::condition_variable submitted_;
    AccountShares shares_;
    std::deque<Ready> queue_;
    std::vector<Rest> rests_;
    bool closed_ = false;
    std::deque<Session> sessions_;  // one for each thread
    std::vector<std::jthread> threads_;
};

// A thread of the pool, for the job that it runs.
class Worker {
  public:
    [[nodiscard]] Session& session() { return session_; }

    // Takes one of the account's shares for the job, which keeps it until it ends. Returns true as well if the
    // job has one. False: all are in use. Then run() must return without an answer; it is called again when the
    // job has a share, or refuse() if the account's line is full.
    [[nodiscard]] bool take_share(model::Id account, AccountShares::Work work);

  private:
    friend class WorkerPool;
    Worker(WorkerPool& pool, Session& session, std::optional<AccountShares::Share>& share)
        : pool_(pool), session_(session), share_(share) {}

    WorkerPool& pool_;
    Session& session_;
    std::optional<AccountShares::Share>& share_;
    std::optional<AccountShares::Share> wanted_;  // in vain
};

}  // namespace db
