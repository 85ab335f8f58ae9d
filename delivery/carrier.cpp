#include "delivery/carrier.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

namespace delivery {

Carrier::Carrier(const SenderSettings& settings) : sender_(settings), thread_([this] { run(); }) {}

Carrier::~Carrier() {
    {
        const std::lock_guard lock(mutex_);
        close_ = true;
    }
    work_.raise();
    thread_.join();
}

void Carrier::start(std::vector<Request> requests) {
    if (requests.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        requests_.insert(requests_.end(), std::move_iterator(requests.begin()),
                         std::move_iterator(requests.end()));
    }
    work_.raise();
}

std::vector<Outcome> Carrier::take() {
    ended_.lower();
    const std::lock_guard lock(mutex_);
    return std::exchange(outcomes_, {});
}

void Carrier::cancel_all() {
    {
        const std::lock_guard lock(mutex_);
        cancel_ = true;
    }
    work_.raise();
}

bool Carrier::hand_over() {
    std::vector<Request> requests;
    bool cancel = false;
    {
        const std::lock_guard lock(mutex_);
        if (close_) return false;
        requests = std::exchange(requests_, {});
        cancel = std::exchange(cancel_, false);
    }
    for (Request& request : requests) sender_.start(std::move(request));
    if (cancel) sender_.cancel_all();
    return true;
}

void Carrier::run() {
    constexpr std::chrono::seconds kPatience{60};
    const std::array wakeups{work_.descriptor()};
    for (;;) {
        work_.lower();
        if (!hand_over()) return;
        std::vector<Outcome> outcomes = sender_.wait(kPatience, wakeups);
        if (outcomes.empty()) continue;
        {
            const std::lock_guard lock(mutex_);
            outcomes_.insert(outcomes_.end(), std::move_iterator(outcomes.begin()),
                             std::move_iterator(outcomes.end()));
        }
        ended_.raise();
    }
}

}  // namespace delivery
