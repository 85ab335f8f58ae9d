// A word to the delivery daemon that there is something to deliver: an empty datagram to its unix socket,
// sent after the commit. Whether it arrives doesn't matter, because the daemon looks into the queue by itself
// a few times a second; so nothing is waited for, and every fault is ignored: no daemon, a full socket, no
// right to write to it.
#pragma once

#include <string>

#include "sql/config.hpp"

namespace db {

class Nudge {
  public:
    static constexpr const char* kDefaultSocket = "/run/targethooks/deliver/nudge.sock";

    // The socket's path; with an empty one, nothing is ever sent.
    explicit Nudge(std::string path);
    ~Nudge();
    Nudge(Nudge&& other) noexcept;
    Nudge& operator=(Nudge&&) = delete;
    Nudge(const Nudge&) = delete;
    Nudge& operator=(const Nudge&) = delete;

    // The key nudge_socket. Throws ConfigError if the path is too long for a socket.
    static std::string socket_from(Config& config);

    void send() const noexcept;  // any thread

  private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace db
