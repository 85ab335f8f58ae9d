// A request between its arrival and its answer, and the queue on which answers come back to the I/O thread
// that has its connection.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/descriptors.hpp"
#include "fcgi/exchange.hpp"
#include "fcgi/http/reply.hpp"

namespace fcgi {

class Connection;
class RequestInHand;

// Answered requests of one I/O thread.
class AnswerQueue {
  public:
    using Requests = std::vector<std::shared_ptr<RequestInHand>>;

    // Wakes the I/O thread: an eventfd that is never read, so watch it edge-triggered.
    [[nodiscard]] int descriptor() const { return wakeup_.descriptor(); }
    void wake() const { wakeup_.raise(); }

    // For any thread. The I/O thread itself is not woken.
    void push(std::shared_ptr<RequestInHand> request);

    // For the I/O thread. It calls use() first, swaps the answered requests for an empty vector by take(), and
    // ends by close(), after which pushed requests are dropped.
    void use() { user_ = std::this_thread::get_id(); }
    void take(Requests& empty);
    void close();

  private:
    const base::EventDescriptor wakeup_;
    std::thread::id user_;  // set before there is a request
    std::mutex mutex_;
    Requests answered_;
    bool is_closed_ = false;
};

class RequestInHand final : public http::InHand, public std::enable_shared_from_this<RequestInHand> {
  public:
    RequestInHand(Exchange exchange, Connection& connection, Clock::time_point arrival,
                  std::chrono::milliseconds patience, std::shared_ptr<AnswerQueue> answers)
        : InHand(exchange.take_request(), arrival + patience),
          connection_(&connection),
          arrival_(arrival),
          exchange_(std::move(exchange)),
          answers_(std::move(answers)) {}

    // For the I/O thread. The response can be read once the request comes out of the queue.
    // The connection is null once its peer has closed it.
    [[nodiscard]] Connection* connection() const { return connection_; }
    void forget_connection() { connection_ = nullptr; }
    [[nodiscard]] Clock::time_point arrival() const { return arrival_; }
    [[nodiscard]] const Exchange& exchange() const { return exchange_; }
    [[nodiscard]] const http::Response& response() const { return response_; }

  private:
    // Called by any thread.
    void deliver(http::Response response) noexcept override {
        response_ = std::move(response);
        answers_->push(shared_from_this());
    }

    Connection* connection_;
    const Clock::time_point arrival_;
    const Exchange exchange_;
    http::Response response_;
    const std::shared_ptr<AnswerQueue> answers_;
};

}  // namespace fcgi
