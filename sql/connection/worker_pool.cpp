#include "sql/connection/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace db {
namespace {

// How often idle threads try to connect while the database is away.
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

WorkerPool::WorkerPool(const Settings& settings, Availability& availability)
    : settings_(settings),
      availability_(availability),
      shares_({.all = std::max<std::size_t>(settings_.threads / 2, 1),
               .lists = std::max<std::size_t>(settings_.threads / 8, 1),
               .line = settings_.longest_line}) {
    threads_.reserve(settings_.threads);
    for (std::size_t i = 0; i < settings_.threads; ++i)
        sessions_.emplace_back(settings_.connection, availability_);
    for (Session& session : sessions_) threads_.emplace_back([this, &session] { work(session); });
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    submitted_.notify_all();
    threads_.clear();
}

void WorkerPool::submit(std::unique_ptr<Job> job) {
    const std::optional<std::string_view> reason = put(job);
    submitted_.notify_one();  // while the database is away, the thread tries to connect
    if (reason) job->refuse(*reason);
}

// Queues the job, or returns why not.
std::optional<std::string_view> WorkerPool::put(std::unique_ptr<Job>& job) {
    if (availability_.is_away()) return "the database is away";
    const std::lock_guard lock(mutex_);
    if (std::ranges::all_of(sessions_, &Session::is_overdue)) return "the database does not answer";
    if (queue_.size() >= settings_.longest_queue) return "too many requests wait for the database";
    queue_.push_back({std::move(job), std::nullopt});
    return std::nullopt;
}

void WorkerPool::work(Session& session) {
    while (auto ready = next(session)) {
        Worker worker(*this, session, ready->share);
        if (!ready->job->is_expired()) ready->job->run(worker);
        end(*std::move(ready), worker.wanted_);
    }
}

// Waits for a job. Returns nullopt if the pool is closed and no job is left for this thread: jobs that are parked are
// resumed by the threads that hold their account's shares.
std::optional<WorkerPool::Ready> WorkerPool::next(Session& session) {
    std::unique_lock lock(mutex_);
    const auto has_news = [this] { return closed_ || !queue_.empty(); };
    while (!has_news()) {
        if (!availability_.is_away()) {
            submitted_.wait(lock);
        } else if (!submitted_.wait_for(lock, kPause, has_news)) {
            lock.unlock();
            session.reconnect();
            lock.lock();
        }
    }
    if (queue_.empty()) return std::nullopt;
    std::optional<Ready> ready(std::move(queue_.front()));
    queue_.pop_front();
    return ready;
}

// Ends a job that has run, with its share, or parks it until it has the share that it wanted.
void WorkerPool::end(Ready ready, const std::optional<AccountShares::Share>& wanted) {
    if (wanted) return park(std::move(ready.job), *wanted);
    ready.job.reset();
    if (!ready.share) return;
    {
        const std::lock_guard lock(mutex_);
        auto next = shares_.give_back(*ready.share);
        if (!next) return;
        queue_.push_front({std::move(next->job), next->share});
    }
    submitted_.notify_one();
}

void WorkerPool::park(std::unique_ptr<Job> job, const AccountShares::Share& wanted) {
    {
        const std::lock_guard lock(mutex_);
        if (shares_.try_take(wanted)) {
            queue_.push_front({std::move(job), wanted});
            return;  // this thread takes it next
        }
        if (shares_.park(job, wanted)) return;
    }
    job->refuse("the account has too many requests in hand");
}

bool Worker::take_share(model::Id account, AccountShares::Work work) {
    if (share_) return true;
    const AccountShares::Share wanted{account, work};
    const std::lock_guard lock(pool_.mutex_);
    if (pool_.shares_.try_take(wanted)) {
        share_ = wanted;
        wanted_.reset();
    } else {
        wanted_ = wanted;
    }
    return share_.has_value();
}

}  // namespace db
