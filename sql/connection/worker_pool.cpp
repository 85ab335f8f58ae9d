#include "sql/connection/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace db {
namespace {

// How often idle threads try to connect while the database is away.
constexpr std::chrono::milliseconds kPause{50};

// A list that waited for the database does not hold up the next ones for as long again.
constexpr std::chrono::milliseconds kLongestRest{100};

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
        const auto begun = Clock::now();
        Worker worker(*this, session, ready->share);
        if (!ready->job->is_expired()) ready->job->run(worker);
        end(*std::move(ready), worker.wanted_, Clock::now() - begun);
    }
}

// Waits for a job. Returns nullopt if the pool is closed and no job is left for this thread: jobs that are parked are
// resumed by the threads that hold their account's shares.
std::optional<WorkerPool::Ready> WorkerPool::next(Session& session) {
    std::unique_lock lock(mutex_);
    for (end_rests(); queue_.empty(); end_rests()) {
        if (closed_) return std::nullopt;
        wait(lock, session);
    }
    std::optional<Ready> ready(std::move(queue_.front()));
    queue_.pop_front();
    if (!rests_.empty()) submitted_.notify_one();  // another thread looks after them
    return ready;
}

// Waits for a job, for the end of a rest, or for the end of the pool. While the database is away, tries to connect.
void WorkerPool::wait(std::unique_lock<std::mutex>& lock, Session& session) {
    if (availability_.is_away()) {
        const auto has_news = [this] { return closed_ || !queue_.empty(); };
        if (submitted_.wait_for(lock, kPause, has_news)) return;
        lock.unlock();
        session.reconnect();
        lock.lock();
    } else if (rests_.empty()) {
        submitted_.wait(lock);
    } else {
        const auto next = std::ranges::min(rests_, {}, &Rest::end).end;
        submitted_.wait_until(lock, next);
    }
}

// Ends a job that has run, with its share, or parks it until it has the share that it wanted.
void WorkerPool::end(Ready ready, const std::optional<AccountShares::Share>& wanted, Clock::duration took) {
    if (wanted) return park(std::move(ready.job), *wanted);
    ready.job.reset();
    if (!ready.share) return;
    const std::lock_guard lock(mutex_);
    const bool is_list = ready.share->work == AccountShares::Work::kList;
    if (is_list && !closed_ && shares_.is_wanted(*ready.share)) {
        rests_.push_back({Clock::now() + std::min<Clock::duration>(took, kLongestRest), *ready.share});
    } else {
        pass_on(*ready.share);
    }
}

// Gives the share to the parked job that waits for it, if there is one.
void WorkerPool::pass_on(const AccountShares::Share& share) {
    auto next = shares_.give_back(share);
    if (!next) return;
    queue_.push_front({std::move(next->job), next->share});
    submitted_.notify_one();
}

// At the end of the pool nothing rests any more.
void WorkerPool::end_rests() {
    const auto now = Clock::now();
    std::erase_if(rests_, [&](const Rest& rest) {
        if (!closed_ && rest.end > now) return false;
        pass_on(rest.share);
        return true;
    });
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
