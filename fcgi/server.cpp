#include "fcgi/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "fcgi/io_thread.hpp"

namespace fcgi {

void require_listening_socket(int descriptor) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
        throw std::runtime_error(
            "standard input is not a listening socket: start this program by spawn-fcgi, a systemd socket or"
            " another supervisor that passes one");
    }
}

Server::Server(Options options, Handler handler, const base::Log& log, const base::Report& report)
    : options_(std::move(options)), handler_(std::move(handler)), running_(options_.io_threads) {
    const std::size_t share = std::max<std::size_t>(options_.requests / options_.io_threads, 1);
    io_threads_.reserve(options_.io_threads);
    for (std::size_t i = 0; i < options_.io_threads; ++i) {
        io_threads_.push_back(
            std::make_unique<IoThread>(IoThread::Settings{options_, handler_, log, report, share}));
    }
    threads_.reserve(options_.io_threads);
    for (const auto& thread : io_threads_) {
        threads_.emplace_back([this, &io = *thread] { run(io); });
    }
}

Server::~Server() {
    [[maybe_unused]] const bool stopped = stop(std::chrono::milliseconds{0});
}

void Server::run(IoThread& thread) {
    thread.run();
    const std::lock_guard lock(mutex_);
    --running_;
    thread_ended_.notify_all();
}

bool Server::stop(std::chrono::milliseconds limit) {
    for (const auto& thread : io_threads_) thread->drain();
    const auto has_ended = [this] { return running_ == 0; };
    std::unique_lock lock(mutex_);
    if (!thread_ended_.wait_for(lock, limit, has_ended)) {
        for (const auto& thread : io_threads_) thread->end();
        thread_ended_.wait(lock, has_ended);
    }
    return std::ranges::all_of(io_threads_, [](const auto& thread) { return thread->has_answered_all(); });
}

}  // namespace fcgi
