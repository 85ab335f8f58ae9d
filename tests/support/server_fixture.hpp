// A FastCGI server on a unix socket of its own, with a log that can be read, and handlers for tests.
#pragma once

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/base/descriptors.hpp"
#include "common/base/log.hpp"
#include "fcgi/exchange.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/server.hpp"
#include "tests/support/fastcgi_client.hpp"

namespace support {

// A handler that keeps the replies, and lets the test answer them.
class ReplyCollector {
  public:
    void operator()(http::Reply reply) {
        const std::lock_guard lock(mutex_);
        replies_.push_back(std::move(reply));
        arrived_.notify_all();
    }

    // Waits until that many are there. Returns whether they are.
    [[nodiscard]] bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return arrived_.wait_for(lock, std::chrono::seconds{60}, [&] { return replies_.size() >= count; });
    }

    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock(mutex_);
        return replies_.size();
    }

    // Waits for the first, and takes it away.
    [[nodiscard]] http::Reply take() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !replies_.empty(); });
        http::Reply reply = std::move(replies_.front());
        replies_.pop_front();
        return reply;
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::list<http::Reply> replies_;
};

// Answers at once with all that is known of the request.
inline void answer_with_request(http::Reply reply) {
    const http::Request& request = reply.request();
    std::string body = request.id + " " + request.method + " " + request.uri + " ";
    for (const auto& [name, value] : request.headers) body.append(name + "=" + value + ";");
    body += " " + request.body;
    reply.answer({.status = 200, .body = std::move(body), .headers = {{"X-Reply", "yes"}}});
}

class ServerFixture {
  public:
    static constexpr std::chrono::milliseconds kLong{60'000};

    ServerFixture() {
        fcgi::initialise_fastcgi();
        BOOST_REQUIRE(mkdtemp(folder_.data()) != nullptr);
        log_ =
            std::make_unique<base::Log>(folder_ + "/log", base::Log::Level::kInfo, base::Log::Format::kText);
    }
    ~ServerFixture() {
        server_.reset();
        std::filesystem::remove_all(folder_);
    }
    ServerFixture(const ServerFixture&) = delete;
    ServerFixture& operator=(const ServerFixture&) = delete;

    // Patient, unless the test says otherwise.
    [[nodiscard]] static fcgi::Options patient() {
        fcgi::Options options;
        options.patience = kLong;
        options.peer_timeout = std::chrono::seconds{60};
        return options;
    }

    void start(fcgi::Handler handler, fcgi::Options options = patient()) {
        options.listening_socket = socket_.listening();
        options.expired = [](bool was_committing) {
            return http::problem(500, was_committing ? "Expired in the commit." : "Expired.");
        };
        server_ = std::make_unique<fcgi::Server>(
            std::move(options), std::move(handler), *log_,
            [this](std::string_view event, std::string_view detail) {
                log_->write(base::Log::Level::kWarning, event, {{"detail", detail}});
            });
    }

    [[nodiscard]] base::Descriptor connect() const { return base::Descriptor(socket_.connect()); }
    [[nodiscard]] base::Descriptor connect_and_send(std::string_view bytes) const {
        base::Descriptor connection = connect();
        support::send(connection.get(), bytes);
        return connection;
    }
    [[nodiscard]] int listening() const { return socket_.listening(); }
    [[nodiscard]] fcgi::Server& server() { return *server_; }

    [[nodiscard]] std::string log() const {
        std::ifstream file(folder_ + "/log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

  private:
    std::string folder_ = "/tmp/targethooks-server-XXXXXX";
    Socket socket_;
    std::unique_ptr<base::Log> log_;
    std::unique_ptr<fcgi::Server> server_;
};

}  // namespace support
