// A word to the delivery daemon that there is something to deliver: an empty datagram to its unix socket,
// sent after the commit. Whether it arrives doesn't matter, because the daemon looks into the queue by itself
// a few times a second; so nothing is waited for, and every fault is ignored: no daemon, a full socket, no
// right to write to it.
#pragma once

#include <string>

#include "common/base/config.hpp"

namespace base {

// The sender's end.
class WakeupSender {
  public:
    static constexpr const char* kDefaultSocket = "/run/targethooks/deliver/wakeup.sock";

    // The socket's path; with an empty one, nothing is ever sent.
    explicit WakeupSender(std::string path);
    ~WakeupSender();
    WakeupSender(WakeupSender&& other) noexcept;
    WakeupSender& operator=(WakeupSender&&) = delete;
    WakeupSender(const WakeupSender&) = delete;
    WakeupSender& operator=(const WakeupSender&) = delete;

    // The key wakeup_socket. Throws ConfigError if the path is too long for a socket.
    static std::string socket_from(Config& config);

    void send() const noexcept;  // any thread

  private:
    std::string path_;
    int descriptor_ = -1;
};

// The daemon's end. What the datagrams hold doesn't matter, nor how many there are.
class WakeupSocket {
  public:
    // An empty path: no socket.
    explicit WakeupSocket(std::string path) : path_(std::move(path)) {}
    ~WakeupSocket();
    WakeupSocket(const WakeupSocket&) = delete;
    WakeupSocket& operator=(const WakeupSocket&) = delete;

    // Binds it, for owner and group (0660), in place of one that nobody listens on. Returns why that can't
    // be: another daemon listens there, or the folder is missing. Nothing is lost then but promptness; try
    // again some time.
    [[nodiscard]] std::string open();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0 || path_.empty(); }
    // To poll for reading; -1, which poll(2) ignores, if it isn't open.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void drain() const;

  private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace base
