// The FastCGI server: a few I/O threads accept connections of the web server, read requests, hand each to the
// handler together with its http::Reply, and write the answers. No I/O thread ever waits for a peer or for a
// request's work.
//
// All signals must be blocked before the server is created, so that no request is interrupted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/log.hpp"
#include "fcgi/http/reply.hpp"
#include "fcgi/http/response.hpp"

namespace fcgi {

class IoThread;

// Throws std::runtime_error, whose text says what to do, unless the descriptor is a listening stream socket.
void require_listening_socket(int descriptor);

struct Options {
    // Not owned. It is made non-blocking, which other processes that share it may undo.
    int listening_socket = 0;
    std::size_t io_threads = 2;
    // In hand at once. Beyond them, nothing is accepted or read.
    std::size_t requests = 1024;
    // A request is answered that long after its arrival, whatever its work does. Must be less than the web
    // server's own timeout.
    std::chrono::milliseconds patience{1800};
    // For a peer that does not finish its request, or does not take its answer.
    std::chrono::seconds peer_timeout{3};
    // The answer to a request whose patience has ended. was_committing: a commit was sent, so its outcome is
    // unknown. Called in the I/O threads; must not throw.
    std::function<http::Response(bool was_committing)> expired;
};

// Called in the I/O threads. It must not throw and must not block. The Reply may be answered at once, or later
// in any thread, also after the server's end.
using Handler = std::function<void(http::Reply)>;

class Server {
  public:
    // Starts serving. The log must outlive the server; each request gets a line "request" in it. Throws
    // std::system_error.
    Server(Options options, Handler handler, const base::Log& log, const base::Report& report);
    ~Server();  // stop(0)
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Stops accepting, answers what is in hand and what still comes on kept connections, closes each of them
    // behind its next answer, and returns once the web server has closed the idle ones, or after the limit.
    // Returns false if a request was in hand then; it has ended without an answer.
    [[nodiscard]] bool stop(std::chrono::milliseconds limit);

  private:
    void run(IoThread& thread);

    const Options options_;
    const Handler handler_;
    std::vector<std::unique_ptr<IoThread>> io_threads_;

    std::mutex mutex_;
    std::condition_variable thread_ended_;
    std::size_t running_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace fcgi
