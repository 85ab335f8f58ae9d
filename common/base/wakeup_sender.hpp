// Wakes the delivery daemon when new deliveries are due: an empty datagram to its unix socket, sent after the
// commit. A wakeup may get lost, because the daemon scans the queue by itself a few times a second. So the
// sender never waits and ignores every error: no daemon, a full socket, no permission to write to it.
#pragma once

#include <string>

#include "common/base/config.hpp"

namespace base {

// The end of the programs that add deliveries.
class WakeupSender {
  public:
    static constexpr const char* kDefaultSocket = "/run/targethooks/deliver/wakeup.sock";

    // path: the socket's path. If it is empty, nothing is ever sent.
    explicit WakeupSender(std::string path);
    ~WakeupSender();
    WakeupSender(WakeupSender&& other) noexcept;
    WakeupSender& operator=(WakeupSender&&) = delete;
    WakeupSender(const WakeupSender&) = delete;
    WakeupSender& operator=(const WakeupSender&) = delete;

    // The key wakeup_socket. Throws ConfigError if the path is too long for a socket.
    static std::string socket_from(Config& config);

    void send() const noexcept;  // thread-safe

  private:
    std::string path_;
    int descriptor_ = -1;
};

// The daemon's end. Neither the content nor the number of the datagrams matters.
class WakeupSocket {
  public:
    // If the path is empty, there is no socket.
    explicit WakeupSocket(std::string path) : path_(std::move(path)) {}
    ~WakeupSocket();
    WakeupSocket(const WakeupSocket&) = delete;
    WakeupSocket& operator=(const WakeupSocket&) = delete;

    // Binds the socket with mode 0660 and replaces a socket that nobody listens on. Returns the reason if
    // that fails (another daemon listens there, or the folder is missing), else an empty text. Without the
    // socket, deliveries only start later; the caller may try again at any time.
    [[nodiscard]] std::string open();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0 || path_.empty(); }
    // To poll for reading. If the socket isn't open, it is -1, which poll(2) ignores.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void drain() const;

  private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace base
