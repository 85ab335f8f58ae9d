#include "sql/connection/connection_pool.hpp"

#include <exception>

namespace db {
namespace {

constexpr std::chrono::seconds kGrace{1};
constexpr std::chrono::milliseconds kPause{50};

// An error code of the connector that means a lost connection.
constexpr int kAway = 2002;

}  // namespace

ConnectionPool::Lease::Lease(ConnectionPool& pool, Clock::time_point deadline)
    : pool_(pool), connection_(pool.take(deadline)) {}

ConnectionPool::Lease::~Lease() {
    pool_.give_back(std::move(connection_));
}

void ConnectionPool::Lease::lose(const Error& error) {
    connection_.reset();
    pool_.report_("database_lost", error.what());
    // The idle connections are older than the fault that ended this one, so they are probably lost as well.
    const std::lock_guard lock(pool_.mutex_);
    pool_.idle_.clear();
}

std::chrono::milliseconds ConnectionPool::time_left(Clock::time_point deadline) const {
    return std::chrono::ceil<std::chrono::milliseconds>(deadline + settings_.operation_time - Clock::now());
}

bool ConnectionPool::is_hopeless(Clock::time_point now) const {
    return away_since_ && (connecting_ || now - *away_since_ >= kGrace);
}

// Whether work whose connection was lost is to be tried on another.
bool ConnectionPool::is_worth_another(const Error& error, Clock::time_point deadline) {
    const auto now = Clock::now();
    if (error.is(ErrorCategory::kUncertain) || now >= deadline) return false;
    if (!error.is(ErrorCategory::kWrongServer)) return true;
    const std::lock_guard lock(mutex_);
    return !refusals_.have_lasted(now);
}

Connection ConnectionPool::take(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    for (bool first = true;; first = false) {
        if (!idle_.empty()) {
            Connection connection = std::move(idle_.back());
            idle_.pop_back();
            ++borrowed_;
            return connection;
        }
        const auto now = Clock::now();
        if (!first && (now >= deadline || is_hopeless(now))) {
            throw Error(kAway,
                        away_since_ ? "the database is away" : "all connections to the database are in use");
        }
        if (borrowed_ < settings_.most && !(away_since_ && connecting_)) {
            ++borrowed_;
            connecting_ = true;
            const bool report_failure = !away_since_;
            lock.unlock();
            std::optional<Connection> made = try_to_connect(report_failure);
            lock.lock();
            connecting_ = false;
            if (made) {
                away_since_.reset();
                return std::move(*made);
            }
            --borrowed_;
            if (!away_since_) away_since_ = Clock::now();
        }
        returned_.wait_until(lock, std::min(deadline, Clock::now() + kPause));
    }
}

// The caller must not lock the mutex, because connecting may take long. report_failure: log a failure.
std::optional<Connection> ConnectionPool::try_to_connect(bool report_failure) {
    try {
        return Connection(settings_.connection);
    } catch (const std::exception& exception) {
        if (report_failure) report_("database_away", exception.what());
        return std::nullopt;
    }
}

void ConnectionPool::give_back(std::optional<Connection> connection) {
    const std::lock_guard lock(mutex_);
    --borrowed_;
    // If an exception is in flight, the transaction was rolled back, but the rest of the session's state is
    // unknown.
    if (connection && std::uncaught_exceptions() == 0) idle_.push_back(std::move(*connection));
    returned_.notify_one();
}

}  // namespace db
