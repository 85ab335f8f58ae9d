#include "fcgi/acceptor.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace fcgi {
namespace {

// Lets accept4 return at once if another thread or process has taken the connection. All processes that share
// the socket share the flag, and systemd clears it whenever it starts one of them.
void make_non_blocking(int socket) {
    const int flags = base::checked(fcntl(socket, F_GETFL), "fcntl");
    if ((flags & O_NONBLOCK) == 0) base::checked(fcntl(socket, F_SETFL, flags | O_NONBLOCK), "fcntl");
}

// The longest time in accept4 while the flag is cleared. systemd does not change it.
void bound_accept_time(int socket) {
    constexpr timeval kShort{.tv_sec = 0, .tv_usec = 1000};
    base::checked(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kShort, sizeof kShort), "setsockopt");
}

// Whether the connection was closed before it was accepted, or was taken by another thread or process.
bool is_harmless(int error) {
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO;
}

}  // namespace

Acceptor::Acceptor(int listening_socket, int epoll) : listening_socket_(listening_socket), epoll_(epoll) {
    make_non_blocking(listening_socket_);
    bound_accept_time(listening_socket_);
    resume();
}

void Acceptor::resume() {
    if (is_waiting_) return;
    // Exclusive: a connection wakes only one of those that wait.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLEXCLUSIVE;
    event.data.ptr = this;
    base::checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, listening_socket_, &event), "epoll_ctl");
    is_waiting_ = true;
}

void Acceptor::pause() {
    if (is_waiting_) epoll_ctl(epoll_, EPOLL_CTL_DEL, listening_socket_, nullptr);
    is_waiting_ = false;
}

int Acceptor::accept() {
    const int connection = accept4(listening_socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection >= 0) {
        if (is_waiting_) {
            pause();
            resume();
        }
        return connection;
    }
    if (!is_harmless(errno)) return -1;
    make_non_blocking(listening_socket_);
    errno = 0;
    return -1;
}

}  // namespace fcgi
