#include "fcgi/server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace fcgi {
namespace {

// The longest time that a thread waits in accept4 without a connection. It can delay the end of the process
// by as much.
constexpr std::chrono::milliseconds kAcceptTimeout{100};

void watch(int events, int descriptor, std::uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = descriptor;
    base::checked(epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void unwatch(int events, int descriptor) {
    base::checked(epoll_ctl(events, EPOLL_CTL_DEL, descriptor, nullptr), "epoll_ctl");
}

void set_timeout(int socket, int option, std::chrono::microseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    timeval timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_usec = (time - seconds).count();
    base::checked(setsockopt(socket, SOL_SOCKET, option, &timeout, sizeof timeout), "setsockopt");
}

void set_timeouts(int connection, std::chrono::seconds time) {
    set_timeout(connection, SO_RCVTIMEO, time);
    set_timeout(connection, SO_SNDTIMEO, time);
}

// Lets accept4 return at once if another thread or process has taken the connection. All processes that share
// the socket share the flag, and systemd clears it whenever it starts one of them. In that case the timeout,
// which systemd does not change, keeps a thread from waiting in accept4 forever.
void make_non_blocking(int descriptor) {
    const int flags = base::checked(fcntl(descriptor, F_GETFL), "fcntl");
    base::checked(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK), "fcntl");
    set_timeout(descriptor, SO_RCVTIMEO, kAcceptTimeout);
}

// Whether the connection was closed before it was accepted, or was taken by another thread or process.
bool is_harmless(int error) {
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO;
}

}  // namespace

void require_listening_socket(int descriptor) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
        throw std::runtime_error(
            "standard input is not a listening socket: start this program by spawn-fcgi, a systemd socket or"
            " another supervisor that passes one");
    }
}

Server::Server(const Options& options, Handler handler, base::Report report)
    : options_(options),
      handler_(std::move(handler)),
      report_(std::move(report)),
      events_(base::checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      running_(options.threads) {
    make_non_blocking(options_.listening_socket);
    // Exclusive: a connection wakes only one of the processes that share the socket.
    watch(events_.get(), options_.listening_socket, EPOLLIN | EPOLLEXCLUSIVE);
    watch(events_.get(), stopping_.descriptor(), EPOLLIN);
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
}

Server::~Server() {
    [[maybe_unused]] const bool stopped = stop(std::chrono::milliseconds{0});
}

bool Server::stop(std::chrono::milliseconds time) {
    stopping_.raise();  // and never lowered, so every thread sees it
    std::unique_lock lock(mutex_);
    return thread_ended_.wait_for(lock, time, [this] { return running_ == 0; });
}

void Server::run() {
    while (wait_and_serve()) {
    }
    const std::lock_guard lock(mutex_);
    --running_;
    thread_ended_.notify_all();
}

bool Server::wait_and_serve() {
    epoll_event event{};
    if (epoll_wait(events_.get(), &event, 1, -1) <= 0) return true;
    const int ready = event.data.fd;
    if (ready == stopping_.descriptor()) return false;
    try {
        if (ready == options_.listening_socket) {
            accept_and_serve();
        } else {
            unwatch(events_.get(), ready);
            serve(base::Descriptor(ready));
        }
    } catch (const std::exception& exception) {
        report_("connection_failed", exception.what());
    }
    return true;
}

void Server::accept_and_serve() {
    const int accepted = accept4(options_.listening_socket, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) {
        if (is_harmless(errno)) return;
        report_("accept_failed", std::generic_category().message(errno));
        // Out of descriptors or memory. The connection stays in the queue meanwhile.
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        return;
    }
    base::Descriptor connection(accepted);
    set_timeouts(connection.get(), options_.peer_timeout);
    serve(std::move(connection));
}

void Server::serve(base::Descriptor connection) {
    const int number = connection.release();
    if (!serve_request(number, handler_)) return;
    base::Descriptor kept(number);
    // One shot: the next request wakes only one thread, which removes the connection from the set.
    watch(events_.get(), kept.get(), EPOLLIN | EPOLLONESHOT);
    [[maybe_unused]] const int watched = kept.release();
}

}  // namespace fcgi
