// Owners of file descriptors: a plain one, an eventfd that wakes a thread, and an epoll set.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace base {

// Returns the result of a system call, or throws std::system_error if it is negative. what: the call's name.
int checked(int result, const char* what);

// Closes the descriptor on destruction.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

// Wakes a thread that polls or waits: the descriptor is readable while the event is raised (eventfd).
class EventDescriptor {
  public:
    EventDescriptor();  // throws std::system_error

    // Thread-safe. raise() is async-signal-safe, too.
    void raise() const;
    void lower() const;
    // Waits until the event is raised, at most that long. Returns whether it is raised.
    [[nodiscard]] bool wait(std::chrono::milliseconds time) const;
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  private:
    Descriptor descriptor_;
};

// A set of sockets whose events one thread waits for (epoll).
class Epoll {
  public:
    Epoll();  // throws std::system_error

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

    // Returns false if the system refuses. The system removes closed descriptors from the set by itself.
    [[nodiscard]] bool watch(int socket, std::uint32_t events) const;
    void forget(int socket) const;

  private:
    Descriptor descriptor_;
};

}  // namespace base
