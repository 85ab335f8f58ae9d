#include "delivery/dispatch/database_session.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

using Level = base::Log::Level;

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1000};

}  // namespace

DatabaseSession::DatabaseSession(SessionSettings settings, const security::SecretCipher& secrets,
                                 model::Id lease, const DeliveryLog& delivery_log)
    : settings_(std::move(settings)), secrets_(secrets), lease_(lease), delivery_log_(delivery_log) {}

bool DatabaseSession::open(Time now) {
    if (is_open() || now < connect_at_) return false;
    const bool is_first = pause_.count() == 0;
    try {
        parts_.emplace(settings_, secrets_, lease_);
        parts_->workers.join();
    } catch (const db::Error& error) {
        parts_.reset();
        if (is_first) delivery_log_.note(Level::kWarning, "database_away", error.what());
        pause_ = std::min(is_first ? kFirstPause : pause_ * 2, kLongestPause);
        connect_at_ = Clock::now() + pause_;
        return false;
    }
    if (!is_first) delivery_log_.note(Level::kWarning, "database_connected");
    pause_ = {};
    next_heartbeat_ = {};
    return true;
}

void DatabaseSession::lose(const db::Error& reason) {
    parts_.reset();
    delivery_log_.note(Level::kWarning, "database_lost", reason.what());
    // Without a lost connection the error will probably come again, so the next try can wait.
    pause_ = reason.ends_connection() ? kFirstPause : kLongestPause;
    connect_at_ = Clock::now() + pause_;
}

void DatabaseSession::leave() {
    if (!is_open()) return;
    try {
        parts_->workers.leave();
    } catch (const db::Error& error) {
        lose(error);
    }
}

std::optional<db::Heartbeat> DatabaseSession::heartbeat(Time now) {
    next_heartbeat_ = now + settings_.heartbeat_interval;
    auto heartbeat = parts_->workers.heartbeat(settings_.dead_after);
    if (!heartbeat && !name_is_taken_) delivery_log_.note(Level::kError, "name_taken", settings_.worker_name);
    name_is_taken_ = name_is_taken_ || !heartbeat;
    return heartbeat;
}

}  // namespace delivery
