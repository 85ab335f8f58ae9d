// The thread that sends: a Sender (sender.hpp) behind a PrefetchQueue (prefetch.hpp), handed deliveries by
// another thread, which is told by a descriptor when outcomes have come.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/descriptors.hpp"
#include "delivery/http/sender.hpp"
#include "delivery/schedule/prefetch.hpp"

namespace delivery {

class SenderThread {
  public:
    // longest_wait: of a request for others of its webhook. Throws what Sender throws.
    SenderThread(const SenderSettings& settings, Clock::duration longest_wait);
    ~SenderThread();  // closes every connection, without outcomes
    SenderThread(const SenderThread&) = delete;
    SenderThread& operator=(const SenderThread&) = delete;

    void start(std::vector<PrefetchedDelivery> deliveries);
    // What has ended since the last call: each delivery comes back once, in one of the two.
    struct Ended {
        std::vector<Outcome> outcomes;
        std::vector<std::uint64_t> unsent;  // tags
    };
    [[nodiscard]] Ended take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return has_ended_.descriptor(); }
    // What waits comes back unsent.
    void return_unsent();
    // All that was started and hasn't ended does so, with Failure::kStopped.
    void cancel_all();

  private:
    void call();
    void run();
    [[nodiscard]] bool take_over();
    void start_now(const PrefetchedDelivery& delivery);
    [[nodiscard]] std::chrono::milliseconds patience() const;
    void start_next(const std::vector<Outcome>& outcomes);
    void hand_back(std::vector<Outcome> outcomes, std::vector<std::uint64_t> unsent);

    Sender sender_;
    PrefetchQueue queue_;
    base::EventDescriptor has_work_;
    base::EventDescriptor has_ended_;
    std::mutex mutex_;
    std::vector<PrefetchedDelivery> deliveries_;  // this and the rest are guarded by the mutex
    Ended ended_;
    std::uint64_t generation_ = 0;        // of outcomes, see prefetch.hpp; written by the sending thread
    std::uint64_t generation_taken_ = 0;  // by the other thread
    std::uint64_t generation_known_ = 0;  // to it, when it handed over the first of the deliveries
    bool is_called_ = false;
    bool return_unsent_ = false;
    bool cancel_ = false;
    bool close_ = false;
    std::thread thread_;
};

}  // namespace delivery
