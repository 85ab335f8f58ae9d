// The thread that sends: a Sender (sender.hpp), handed requests by another thread, which is told by a
// descriptor when outcomes have come.
#pragma once

#include <mutex>
#include <thread>
#include <vector>

#include "delivery/event_descriptor.hpp"
#include "delivery/sender.hpp"

namespace delivery {

class Carrier {
  public:
    // Throws what Sender throws.
    explicit Carrier(const SenderSettings& settings);
    ~Carrier();  // closes every connection, without outcomes
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;

    void start(std::vector<Request> requests);
    // What has ended since the last call.
    [[nodiscard]] std::vector<Outcome> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return ended_.descriptor(); }
    // All that was started and hasn't ended does so, with Failure::kStopped.
    void cancel_all();

  private:
    void run();
    [[nodiscard]] bool hand_over();

    Sender sender_;
    EventDescriptor work_;
    EventDescriptor ended_;
    std::mutex mutex_;
    std::vector<Request> requests_;  // this and the rest are guarded by the mutex
    std::vector<Outcome> outcomes_;
    bool cancel_ = false;
    bool close_ = false;
    std::thread thread_;
};

}  // namespace delivery
