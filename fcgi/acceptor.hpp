// One I/O thread's share of the listening socket. The threads and processes that share the socket take turns:
// a connection wakes the one that stands first in the socket's queue, and whoever accepts goes to its end.
#pragma once

#include <cstdint>

#include "common/base/descriptors.hpp"

namespace fcgi {

class Acceptor {
  public:
    // The socket is not owned, and is made non-blocking. Its events in the epoll set point to the Acceptor.
    // Throws std::system_error, as resume() does.
    Acceptor(int listening_socket, int epoll);
    ~Acceptor() { pause(); }
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    // Whether connections wake the thread.
    [[nodiscard]] bool is_waiting() const { return is_waiting_; }
    void resume();
    void pause();

    // Returns a non-blocking connection. Otherwise it returns -1 and sets errno, to 0 if nothing has failed but
    // there is no connection.
    [[nodiscard]] int accept();

  private:
    const int listening_socket_;
    const int epoll_;
    bool is_waiting_ = false;
};

}  // namespace fcgi
