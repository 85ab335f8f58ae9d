// The way back of one request's response.
//
// A request in hand is shared by the server, which owns its connection, and by the Reply, which travels with
// the work from thread to thread. The first of these ends it:
//
//   answer()                the work is done, in any thread
//   the Reply's destructor  the work was dropped: the constant 500
//   expire()                the server: the deadline has passed, or the web server has given the request up
//
// Whatever comes later is discarded. So a request is answered exactly once, and no thread waits for another.
//
// A write calls start_commit() before it sends its COMMIT. If the request has expired, that returns false, and
// nothing may be stored. If the request expires afterwards, the server's 500 says that the outcome is unknown.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace http {

class InHand {
  public:
    using Clock = std::chrono::steady_clock;
    enum class Phase { kOpen, kCommitting, kEnded };

    InHand(Request request, Clock::time_point deadline) : request_(std::move(request)), deadline_(deadline) {}
    virtual ~InHand() = default;
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

    // Ends the request for the server, and returns the phase it was in. kEnded: it was answered before, and the
    // response is delivered or about to be.
    [[nodiscard]] Phase expire();
    // The words for the log line that were noted so far.
    [[nodiscard]] NamedTexts notes() const;

  private:
    friend class Reply;

    // Hands the response to the server. Called once at most, from any thread, and not after expire() has ended
    // the request.
    virtual void deliver(Response response) noexcept = 0;

    const Request request_;
    const Clock::time_point deadline_;
    mutable std::mutex mutex_;
    Phase phase_ = Phase::kOpen;
    NamedTexts notes_;
};

class Reply {
  public:
    using Clock = InHand::Clock;

    explicit Reply(std::shared_ptr<InHand> in_hand) : in_hand_(std::move(in_hand)) {}
    ~Reply();
    Reply(Reply&&) noexcept = default;
    Reply& operator=(Reply&&) = delete;

    // False after answer(), and for a Reply that was moved from.
    [[nodiscard]] explicit operator bool() const { return in_hand_ != nullptr; }

    // REQUIRES (all): the Reply is true.
    // The reference is valid until the Reply ends, and moves with it.
    [[nodiscard]] const Request& request() const { return in_hand_->request(); }
    [[nodiscard]] Clock::time_point deadline() const { return in_hand_->deadline(); }
    // Nobody waits for the answer any more. Work that has not begun need not begin.
    [[nodiscard]] bool is_expired() const;
    // Returns false if the request has expired.
    [[nodiscard]] bool start_commit();
    // The commit is known not to have happened.
    void cancel_commit();
    // Adds a word to the request's log line, whatever the answer will be.
    void note(std::string key, std::string value);
    void answer(Response response) noexcept;

  private:
    std::shared_ptr<InHand> in_hand_;
};

}  // namespace http
