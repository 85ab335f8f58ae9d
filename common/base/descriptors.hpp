// File descriptors that somebody owns.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace base {

// The result of a system call; what: its name. Throws std::system_error for a negative one.
int checked(int result, const char* what);

// Closes it in the end.
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

// Readable while it is raised (eventfd), to wake a thread that polls or waits.
class EventDescriptor {
  public:
    EventDescriptor();  // throws std::system_error

    // All may be called by any thread, raise() in a signal handler as well.
    void raise() const;
    void lower() const;
    // Until it is raised, at most that long. Whether it is.
    [[nodiscard]] bool wait(std::chrono::milliseconds time) const;
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  private:
    Descriptor descriptor_;
};

// A set of sockets whose events are waited for (epoll).
class Epoll {
  public:
    Epoll();  // throws std::system_error

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

    // False if the system refuses. A descriptor that was closed is gone from the set by itself.
    [[nodiscard]] bool watch(int socket, std::uint32_t events) const;
    void forget(int socket) const;

  private:
    Descriptor descriptor_;
};

}  // namespace base
