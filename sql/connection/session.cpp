#include "sql/connection/session.hpp"

#include <utility>

namespace db {

Session::Session(ConnectionSettings settings, Availability& availability,
                 std::function<void(Connection&)> set_up)
    : settings_(std::move(settings)), availability_(availability), set_up_(std::move(set_up)) {}

Session::~Session() {
    if (connection_) close();
}

Connection Session::make() const {
    Connection connection(settings_);
    if (set_up_) set_up_(connection);
    return connection;
}

void Session::connect() {
    if (connection_) return;
    generation_ = availability_.generation();
    connection_ = make();
    availability_.connected(generation_);
}

std::chrono::milliseconds Session::time_left(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) throw Error(0, "the request has waited too long for the database");
    return left;
}

Connection& Session::open(Clock::time_point deadline) {
    if (connection_ && generation_ != availability_.generation()) connection_.reset();
    if (!connection_) {
        connection_ = availability_.connect([this] { return make(); }, generation_, deadline);
    }
    return *connection_;
}

void Session::reconnect() noexcept {
    try {
        (void)open(Clock::now());
    } catch (const std::exception&) {
        // The Availability has reported it.
    }
}

void Session::lose(const Error& error) {
    connection_.reset();
    availability_.lost(generation_, error.what());
}

void Session::close() {
    connection_.reset();
    availability_.closed(generation_);
}

bool Session::is_worth_another(const Error& error, int losses, Clock::time_point deadline) {
    if (error.is(ErrorCategory::kUncertain) || Clock::now() >= deadline) return false;
    if (error.is(ErrorCategory::kWrongServer)) return !availability_.have_refusals_lasted();
    return losses < kMostLosses;
}

}  // namespace db
