// The request loop: a fixed number of threads wait for connections on the listening socket and for requests
// on the connections that the web server keeps open. An idle kept connection is only a descriptor in an epoll
// set; it occupies no thread.
//
// All signals must be blocked before the server is created, so that no request is interrupted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/descriptors.hpp"
#include "common/base/log.hpp"
#include "fcgi/exchange.hpp"

namespace fcgi {

// Throws std::runtime_error, whose text says what to do, unless the descriptor is a listening stream socket.
void require_listening_socket(int descriptor);

class Server {
  public:
    struct Options {
        int listening_socket =
            0;  // not owned; made non-blocking, which other processes that share it may undo
        std::size_t threads = 64;
        // For each read from and write to the web server. Must be less than the web server's own timeout.
        std::chrono::seconds peer_timeout{3};
    };

    // Starts serving. The handler runs in many threads at once and must not throw. Throws std::system_error.
    Server(const Options& options, Handler handler, base::Report report);
    ~Server();  // stop(), then waits without limit
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Stops accepting and waits until the current requests are finished. Returns false if that takes too
    // long.
    [[nodiscard]] bool stop(std::chrono::milliseconds time);

  private:
    void run();
    [[nodiscard]] bool wait_and_serve();  // false: the server is stopping
    void accept_and_serve();
    void serve(base::Descriptor connection);

    const Options options_;
    const Handler handler_;
    const base::Report report_;
    const base::Descriptor events_;  // epoll: the listening socket, stopping_, idle kept connections
    const base::EventDescriptor stopping_;

    std::mutex mutex_;
    std::condition_variable thread_ended_;
    std::size_t running_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace fcgi
