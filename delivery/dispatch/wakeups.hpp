// What wakes the dispatcher when there is something to deliver: datagrams to a socket, from other processes,
// and calls from other threads of this one.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "common/base/descriptors.hpp"
#include "common/base/wakeup_sender.hpp"
#include "delivery/schedule/concurrency_window.hpp"

namespace delivery {

class Wakeups {
  public:
    using Time = Clock::time_point;

    explicit Wakeups(std::string socket) : socket_(std::move(socket)) {}

    // Any thread.
    void raise() const { event_.raise(); }
    void lower();

    // Opens the socket, if it isn't open and it is time to try. Returns why that failed, the first time.
    [[nodiscard]] std::string open(Time now);
    // When to call it.
    [[nodiscard]] Time next_try() const { return socket_.is_open() ? Time::max() : next_try_; }

    // To poll for reading.
    [[nodiscard]] int socket() const { return socket_.descriptor(); }
    [[nodiscard]] int event() const { return event_.descriptor(); }

  private:
    base::WakeupSocket socket_;
    base::EventDescriptor event_;
    Time next_try_{};
};

}  // namespace delivery
