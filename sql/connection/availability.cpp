#include "sql/connection/availability.hpp"

#include <algorithm>

namespace db {
namespace {

constexpr std::chrono::seconds kGrace{1};
// While the database is away: between two tries to connect, and how long others wait for one that takes long.
constexpr std::chrono::milliseconds kPause{50};

// An error code of the connector that means a lost connection.
constexpr int kAway = 2002;

}  // namespace

bool Availability::is_away() const {
    const std::lock_guard lock(mutex_);
    return away_since_ && open_ == 0 && Clock::now() - *away_since_ >= kGrace;
}

std::uint64_t Availability::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

bool Availability::is_hopeless(Clock::time_point now) const {
    return now - *away_since_ >= kGrace || (trying_since_ && now - *trying_since_ >= kPause);
}

std::uint64_t Availability::start_connecting(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    while (away_since_) {
        const auto now = Clock::now();
        if (!trying_since_ && now >= next_try_) {
            trying_since_ = now;
            break;
        }
        if (now >= deadline || is_hopeless(now)) throw Error(kAway, "the database is away");
        tried_.wait_until(lock, std::min(deadline, trying_since_ ? now + kPause : next_try_));
    }
    return generation_;
}

void Availability::connected(std::uint64_t generation) {
    {
        const std::lock_guard lock(mutex_);
        if (generation == generation_) ++open_;
        trying_since_.reset();
        if (!std::exchange(away_since_, std::nullopt)) return;
    }
    tried_.notify_all();
    report_("database_connected", "");
}

void Availability::not_connected(const char* reason) {
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        trying_since_.reset();
        next_try_ = now + kPause;
        if (away_since_) return tried_.notify_all();
        away_since_ = now;
    }
    report_("database_away", reason);
}

void Availability::lost(std::uint64_t generation, const char* reason) {
    {
        const std::lock_guard lock(mutex_);
        if (generation == generation_) {
            ++generation_;
            open_ = 0;
        }
    }
    report_("database_lost", reason);
}

void Availability::closed(std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation == generation_) --open_;
}

bool Availability::have_refusals_lasted() {
    const std::lock_guard lock(mutex_);
    return refusals_.have_lasted(Clock::now());
}

}  // namespace db
