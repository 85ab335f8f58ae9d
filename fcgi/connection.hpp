// A connection from the web server: its bytes in both directions, without ever waiting, and its request in
// hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/descriptors.hpp"
#include "fcgi/request_in_hand.hpp"

namespace fcgi {

class Connection {
  public:
    using Clock = std::chrono::steady_clock;

    // What it waits for.
    enum class State {
        kIdle,      // another request, without limit
        kPeer,      // the rest of a request, or the peer, which has not taken its answer
        kInHand,    // the answer to its request
        kDeferred,  // the thread, which has too many requests in hand
        kClosed,    // the end of the round, because events of the round may still name it
    };
    enum class Sent { kAll, kSome, kFailed };
    enum class AfterAnswer {
        kKeep,
        kClose,
        kDiscard,  // wait until the peer closes, because unread input would make the kernel discard the answer
    };

    // Its place in the ConnectionTable, which alone writes it.
    struct Place {
        State state = State::kPeer;
        Clock::time_point since;
        std::list<Connection>::iterator self;
    };

    // The socket must be non-blocking. The connection is kept for at most that many requests.
    Connection(base::Descriptor socket, std::size_t most_requests)
        : socket_(std::move(socket)), requests_left_(most_requests) {}

    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] State state() const { return place.state; }
    void close() { const base::Descriptor closed(socket_.release()); }

    // Input. Edge-triggered: once the socket was readable, it counts as readable until it is read empty.
    void set_readable() { is_readable_ = true; }
    [[nodiscard]] bool has_unread() const { return is_readable_ || !input_.empty(); }
    [[nodiscard]] bool is_readable() const { return is_readable_; }
    // Appends what fits the buffer to the input. Returns false if the peer has closed the connection.
    [[nodiscard]] bool receive(std::span<char> buffer);
    [[nodiscard]] std::string_view input() const { return input_; }
    void remove_input(std::size_t bytes);

    // Output. The last bytes of an answer, as many as `together`, are handed to the socket by one call.
    [[nodiscard]] Sent send(std::string_view bytes, std::size_t together);
    [[nodiscard]] Sent send_rest();
    // A few bytes that are lost if the socket does not take them.
    void send_at_once(std::string_view bytes) const;
    [[nodiscard]] bool has_output() const { return !output_.empty(); }

    // Ends the output, and drops the input from now on.
    void start_to_discard();
    [[nodiscard]] bool is_discarding() const { return is_discarding_; }

    // Returns whether it may be kept for another one.
    [[nodiscard]] bool count_request() { return --requests_left_ > 0; }

    AfterAnswer after_answer = AfterAnswer::kKeep;
    std::shared_ptr<RequestInHand> request;  // null unless kInHand
    Place place;

  private:
    [[nodiscard]] Sent send_now(std::string_view& bytes, std::size_t together) const;

    base::Descriptor socket_;
    std::size_t requests_left_;
    std::string input_;
    std::string output_;
    std::size_t together_ = 0;
    bool is_readable_ = false;
    bool is_discarding_ = false;
};

}  // namespace fcgi
