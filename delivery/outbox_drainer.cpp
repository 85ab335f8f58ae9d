#include "delivery/outbox_drainer.hpp"

#include <utility>

namespace delivery {

OutboxDrainer::OutboxDrainer(const db::ConnectionSettings& database, std::chrono::milliseconds interval,
                             std::function<void()> drained, const base::Log& log)
    : database_(database),
      interval_(interval),
      drained_(std::move(drained)),
      delivery_log_(log),
      thread_([this] { run(); }) {}

OutboxDrainer::~OutboxDrainer() {
    stop_.raise();
    thread_.join();
}

void OutboxDrainer::run() {
    constexpr std::chrono::seconds kPause{1};
    do {
        try {
            drain();
            return;
        } catch (const db::OutboxRowFailed& error) {
            delivery_log_.note(base::Log::Level::kWarning, "outbox_row_failed", error.what());
        } catch (const db::Error& error) {
            // Logged once, however long it lasts. The dispatcher logs when the database is back.
            if (!failing_) delivery_log_.note(base::Log::Level::kWarning, "outbox_failed", error.what());
            failing_ = true;
        }
    } while (!stop_.wait(kPause));
}

// Runs until the thread must end.
void OutboxDrainer::drain() {
    constexpr std::size_t kMost = 1024;
    db::Connection connection(database_);
    std::size_t taken = 0;
    do {
        taken = drain_.drain(connection, kMost);
        failing_ = false;
        if (taken != 0) drained_();
    } while (!stop_.wait(taken == kMost ? std::chrono::milliseconds{0} : interval_));
}

}  // namespace delivery
