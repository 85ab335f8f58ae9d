#include "delivery/dispatch/wakeups.hpp"

namespace delivery {

void Wakeups::lower() {
    socket_.drain();
    event_.lower();
}

std::string Wakeups::open(Time now) {
    constexpr std::chrono::seconds kInterval{2};
    if (now < next_try()) return {};
    const bool is_first = next_try_ == Time{};
    next_try_ = now + kInterval;
    std::string reason = socket_.open();
    return is_first ? reason : std::string();
}

}  // namespace delivery
