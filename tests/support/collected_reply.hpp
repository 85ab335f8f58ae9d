// A request in hand without a server: collects the response.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

#include "fcgi/http/reply.hpp"

class CollectedReply : public http::InHand {
  public:
    static constexpr std::chrono::seconds kPatience{10};

    explicit CollectedReply(http::Request request, std::chrono::milliseconds patience = kPatience)
        : InHand(std::move(request), Clock::now() + patience) {}

    // Waits for the response. To be called once. Throws std::runtime_error if there is none in time.
    [[nodiscard]] http::Response response() {
        if (future_.wait_for(kPatience) != std::future_status::ready)
            throw std::runtime_error("the request was not answered");
        return future_.get();
    }
    [[nodiscard]] bool is_answered() const {
        return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }

  private:
    // Throws, and so ends the program, if it is called twice.
    void deliver(http::Response response) noexcept override { promise_.set_value(std::move(response)); }

    std::promise<http::Response> promise_;
    std::future<http::Response> future_ = promise_.get_future();
};

// The response to the request by handle(reply), which may answer in another thread.
template <class Handle>
http::Response collect(http::Request request, const Handle& handle) {
    const auto in_hand = std::make_shared<CollectedReply>(std::move(request));
    handle(http::Reply(in_hand));
    return in_hand->response();
}
