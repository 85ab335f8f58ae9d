// One I/O thread of the server. It owns its connections, and does all that it does without waiting: it accepts,
// reads requests, hands them to the handler, takes the answers that other threads give, and sends them.
//
// A round begins when epoll reports events, and handles all that there is to do. Answers that are there at the same
// time are logged by one write, before they are sent.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/descriptors.hpp"
#include "common/base/log.hpp"
#include "fcgi/acceptor.hpp"
#include "fcgi/connection_table.hpp"
#include "fcgi/memory_file.hpp"
#include "fcgi/request_in_hand.hpp"
#include "fcgi/request_log.hpp"
#include "fcgi/server.hpp"

namespace fcgi {

class IoThread {
  public:
    struct Settings {
        const Options& options;
        const Handler& handler;
        const base::Log& log;
        base::Report report;
        std::size_t most_requests;  // in hand in this thread
    };

    explicit IoThread(Settings settings);  // throws std::system_error

    // Serves until drain() and the last connection has gone, or until end().
    void run();
    // For other threads.
    void drain() { set_phase(Phase::kDraining); }
    void end() { set_phase(Phase::kEnding); }

    // After run(): whether every request was answered.
    [[nodiscard]] bool has_answered_all() const { return has_answered_all_; }

  private:
    using Clock = Connection::Clock;
    using State = Connection::State;

    enum class Phase { kServing, kDraining, kEnding };

    void set_phase(Phase phase);
    [[nodiscard]] bool is_over() const;

    void run_round();
    void start_draining();
    [[nodiscard]] int milliseconds_to_next_deadline();
    void handle_deadlines();
    void handle_answers_and_deferred();
    void abandon_all();

    void accept_one();
    bool close_an_idle_connection();
    void handle_events(Connection& connection, std::uint32_t events);
    void read(Connection& connection);
    void begin(Connection& connection, std::string_view bytes);
    void discard(Connection& connection);
    void answer(Connection& connection, const http::Response& response);
    void log(const RequestInHand& request, const http::Response& response);
    void go_on_after(Connection& connection, Connection::Sent sent);
    void finish_answer(Connection& connection);
    void drop(Connection& connection);
    // Calls it, and drops the connection if it throws.
    template <typename Function>
    void guard(Connection& connection, const Function& function);

    void watch(Connection& connection, int operation, std::uint32_t also) const;
    [[nodiscard]] bool is_full() const {
        return connections_.count(State::kInHand) >= settings_.most_requests;
    }

    const Settings settings_;
    RequestLog log_;
    const base::Descriptor epoll_;
    const std::shared_ptr<AnswerQueue> answers_;
    AnswerQueue::Requests answered_;  // empty, reused
    Acceptor acceptor_;
    ConnectionTable connections_;
    MemoryFile file_;
    std::vector<char> buffer_;
    std::atomic<Phase> phase_ = Phase::kServing;
    Clock::time_point now_;           // the beginning of the round
    Clock::time_point accept_again_;  // not before, because accept has failed
    bool is_draining_ = false;
    bool has_answered_all_ = true;
};

}  // namespace fcgi
