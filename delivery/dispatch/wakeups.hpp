// Wakes the dispatcher when there may be new deliveries: by datagrams from other processes to a socket, and
// by calls from other threads of this process.
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

    // May be called by any thread.
    void raise() const { event_.raise(); }
    void lower();

    // Opens the socket if it isn't open and it is time to try. Returns the reason of the first failure, else
    // an empty text.
    [[nodiscard]] std::string open(Time now);
    // When to call open().
    [[nodiscard]] Time next_try() const { return socket_.is_open() ? Time::max() : next_try_; }

    // Both are to be polled for reading.
    [[nodiscard]] int socket() const { return socket_.descriptor(); }
    [[nodiscard]] int event() const { return event_.descriptor(); }

  private:
    base::WakeupSocket socket_;
    base::EventDescriptor event_;
    Time next_try_{};
};

}  // namespace delivery
