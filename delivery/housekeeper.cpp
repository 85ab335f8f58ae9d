#include "delivery/housekeeper.hpp"

#include <algorithm>
#include <string>

namespace delivery {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Housekeeper::Housekeeper(const HousekeeperSettings& settings, const base::Log& log)
    : settings_(settings), delivery_log_(log), thread_([this] { run(); }) {}

Housekeeper::~Housekeeper() {
    stop_.raise();
    thread_.join();
}

void Housekeeper::run() {
    while (!stop_.wait(interval())) {
        try {
            pass();
        } catch (const db::Error& error) {
            delivery_log_.note(base::Log::Level::kWarning, "retention_failed", error.what());
        }
    }
}

void Housekeeper::pass() {
    db::Connection connection(settings_.database);
    db::Retention retention(connection, settings_.age, settings_.audit_age);
    auto begun = Clock::now();
    while (retention.step()) {
        if (stop_.wait(std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - begun))) break;
        begun = Clock::now();
    }
    const db::Removed& removed = retention.removed();
    if (!removed.any()) return;
    const auto part = [](const char* name, std::uint64_t count) {
        return count == 0 ? std::string() : std::to_string(count) + " " + name + " ";
    };
    std::string text = part("attempts", removed.attempts) + part("deliveries", removed.deliveries) +
                       part("events", removed.events) + part("answers", removed.answers) +
                       part("secrets", removed.secrets) + part("mails", removed.mails) +
                       part("audit", removed.audit) + part("webhooks", removed.webhooks);
    text.pop_back();
    delivery_log_.note(base::Log::Level::kInfo, "retention", text);
}

// A twentieth of the age, so that nothing is kept for much longer than configured.
std::chrono::milliseconds Housekeeper::interval() const {
    constexpr std::chrono::milliseconds kShortest{1000};
    constexpr std::chrono::milliseconds kLongest{std::chrono::hours{1}};
    if (settings_.age.count() == 0) return kLongest;
    return std::clamp(std::chrono::milliseconds(settings_.age) / 20, kShortest, kLongest);
}

}  // namespace delivery
