// A descriptor that is readable while it is raised (eventfd), to wake a thread that polls or waits.
#pragma once

#include <chrono>

namespace delivery {

class EventDescriptor {
  public:
    EventDescriptor();  // throws std::system_error
    ~EventDescriptor();
    EventDescriptor(const EventDescriptor&) = delete;
    EventDescriptor& operator=(const EventDescriptor&) = delete;

    // All may be called by any thread, raise() in a signal handler as well.
    void raise() const;
    void lower() const;
    // Until it is raised, at most that long. Whether it is.
    [[nodiscard]] bool wait(std::chrono::milliseconds time) const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

}  // namespace delivery
