// The thread that sends: a Sender (sender.hpp) behind a PrefetchQueue (prefetch.hpp). Another thread hands
// over the deliveries, and a descriptor tells it when outcomes have come.
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
    // longest_wait: of a prefetched delivery. Throws what Sender throws.
    SenderThread(const SenderSettings& settings, Clock::duration longest_wait);
    ~SenderThread();  // closes all connections, without outcomes
    SenderThread(const SenderThread&) = delete;
    SenderThread& operator=(const SenderThread&) = delete;

    void start(std::vector<PrefetchedDelivery> deliveries);
    // The deliveries that have ended since the last call. Each comes back once, in one of the two.
    struct Ended {
        std::vector<Outcome> outcomes;
        std::vector<std::uint64_t> unsent;  // tags
    };
    [[nodiscard]] Ended take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return has_ended_.descriptor(); }
    // The deliveries that wait come back unsent.
    void return_unsent();
    // The requests in flight end with Failure::kStopped; those that wait come back unsent.
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
    std::vector<PrefetchedDelivery> deliveries_;  // this and all below are guarded by the mutex
    Ended ended_;
    std::uint64_t generation_ = 0;        // of outcomes (prefetch.hpp), written by the sender thread
    std::uint64_t generation_taken_ = 0;  // the last one that the other thread took
    std::uint64_t generation_known_ = 0;  // that it knew with the first of deliveries_
    bool is_called_ = false;
    bool return_unsent_ = false;
    bool cancel_ = false;
    bool close_ = false;
    std::thread thread_;
};

}  // namespace delivery
