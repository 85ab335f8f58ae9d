// The thread that sends: a Sender (sender.hpp) behind a WaitingRoom, handed deliveries by another thread,
// which is told by a descriptor when outcomes have come.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/descriptors.hpp"
#include "delivery/http/sender.hpp"
#include "delivery/schedule/waiting_room.hpp"

namespace delivery {

class Carrier {
  public:
    // longest_wait: of a request for others of its webhook. Throws what Sender throws.
    Carrier(const SenderSettings& settings, Clock::duration longest_wait);
    ~Carrier();  // closes every connection, without outcomes
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;

    void start(std::vector<Passage> passages);
    // What has ended since the last call.
    [[nodiscard]] std::vector<Outcome> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return ended_.descriptor(); }
    // What waits ends with Failure::kUnsent.
    void hold_back();
    // All that was started and hasn't ended does so, with Failure::kStopped.
    void cancel_all();

  private:
    void call();
    void run();
    [[nodiscard]] bool hand_over();
    void start_now(const Passage& passage);
    [[nodiscard]] std::chrono::milliseconds patience() const;
    void advance(std::vector<Outcome>& outcomes);

    Sender sender_;
    WaitingRoom waiting_room_;
    base::EventDescriptor work_;
    base::EventDescriptor ended_;
    std::mutex mutex_;
    std::vector<Passage> passages_;  // this and the rest are guarded by the mutex
    std::vector<Outcome> outcomes_;
    std::uint64_t news_ = 0;        // how often outcomes were added; written by the sending thread
    std::uint64_t news_taken_ = 0;  // of these
    std::uint64_t news_known_ = 0;  // when the first of the passages was handed over
    bool has_work_ = false;
    bool hold_back_ = false;
    bool cancel_ = false;
    bool close_ = false;
    std::thread thread_;
};

}  // namespace delivery
