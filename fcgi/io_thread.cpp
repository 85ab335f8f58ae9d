#include "fcgi/io_thread.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <span>
#include <system_error>
#include <utility>

#include "fcgi/exchange.hpp"
#include "fcgi/request_scan.hpp"

namespace fcgi {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// An empty STDERR record of the request 1, which is the number that nginx gives each request of a connection. In
// front of an answer it means nothing. But nginx does not keep a connection that has bytes behind an answer, and
// closes an idle one that has bytes. So it sends no more requests on a connection of a process that stops.
constexpr std::string_view kClosesIdleConnection{"\1\7\0\1\0\0\0\0", 8};

// A kept connection is closed after some requests, because only new connections go to the thread or process that
// has the least to do. Otherwise, one that accepted most of them would do most of the work for as long as they
// are kept, and one that has just started would have none. Not all after the same number, so that not all are
// opened again at the same time.
std::size_t draw_most_requests() {
    thread_local std::minstd_rand random{std::random_device{}()};
    constexpr std::size_t kLeast = 16;
    constexpr std::size_t kMost = 48;
    return std::uniform_int_distribution<std::size_t>(kLeast, kMost)(random);
}

}  // namespace

IoThread::IoThread(Settings settings)
    : settings_(std::move(settings)),
      log_(settings_.log),
      epoll_(base::checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      answers_(std::make_shared<AnswerQueue>()),
      acceptor_(settings_.options.listening_socket, epoll_.get()),
      buffer_(kBufferBytes) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = answers_.get();
    base::checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, answers_->descriptor(), &event), "epoll_ctl");
}

void IoThread::run() {
    answers_->use();
    while (!is_over()) run_round();
    abandon_all();
}

void IoThread::set_phase(Phase phase) {
    phase_ = phase;
    answers_->wake();
}

bool IoThread::is_over() const {
    return phase_ == Phase::kEnding || (phase_ == Phase::kDraining && connections_.count() == 0);
}

void IoThread::run_round() {
    constexpr std::size_t kMostEvents = 128;
    std::array<epoll_event, kMostEvents> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 milliseconds_to_next_deadline());
    now_ = Clock::now();
    for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
        if (event.data.ptr == answers_.get()) continue;  // the answers are taken in every round
        if (event.data.ptr == &acceptor_) {
            accept_one();
        } else {
            handle_events(*static_cast<Connection*>(event.data.ptr), event.events);
        }
    }
    if (phase_ != Phase::kServing && !is_draining_) start_draining();
    handle_deadlines();
    handle_answers_and_deferred();
    connections_.destroy_closed();
}

int IoThread::milliseconds_to_next_deadline() {
    auto next = Clock::time_point::max();
    if (const Connection* first = connections_.first(State::kPeer)) {
        next = std::min(next, first->place.since + settings_.options.peer_timeout);
    }
    if (const Connection* first = connections_.first(State::kInHand)) {
        next = std::min(next, first->place.since + settings_.options.patience);
    }
    if (!acceptor_.is_waiting() && !is_draining_ && !is_full()) next = std::min(next, accept_again_);
    if (next == Clock::time_point::max()) return -1;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::max(wait.count(), std::chrono::milliseconds::rep{0}));
}

// ---------------------------------------------------------------------------------------------------------
// Connections
// ---------------------------------------------------------------------------------------------------------

void IoThread::accept_one() {
    int socket = acceptor_.accept();
    if (socket < 0 && (errno == EMFILE || errno == ENFILE) && close_an_idle_connection()) {
        socket = acceptor_.accept();
    }
    if (socket < 0) {
        if (errno == 0) return;
        settings_.report("accept_failed", std::generic_category().message(errno));
        constexpr std::chrono::milliseconds kPause{50};
        accept_again_ = now_ + kPause;
        return acceptor_.pause();
    }
    Connection& connection = connections_.add(base::Descriptor(socket), draw_most_requests(), now_);
    guard(connection, [&] { watch(connection, EPOLL_CTL_ADD, 0); });
}

// The one that is idle for the longest time. One on which a request has come meanwhile is not idle.
bool IoThread::close_an_idle_connection() {
    while (Connection* const connection = connections_.first(State::kIdle)) {
        char byte = 0;
        if (recv(connection->socket(), &byte, 1, MSG_PEEK) < 0) {
            drop(*connection);
            return true;
        }
        connection->set_readable();
        connections_.move(*connection, State::kDeferred, now_);
    }
    errno = EMFILE;
    return false;
}

void IoThread::start_draining() {
    is_draining_ = true;
    if (acceptor_.is_waiting()) {
        acceptor_.pause();
        // A connection that has woken this thread would wake no other process, so it is accepted.
        constexpr int kMost = 16;
        for (int i = 0; i < kMost; ++i) accept_one();
    }
    for (Connection& connection : connections_.list(State::kIdle)) {
        connection.send_at_once(kClosesIdleConnection);
    }
}

void IoThread::watch(Connection& connection, int operation, std::uint32_t also) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET | also;
    event.data.ptr = &connection;
    base::checked(epoll_ctl(epoll_.get(), operation, connection.socket(), &event), "epoll_ctl");
}

template <typename Function>
void IoThread::guard(Connection& connection, const Function& function) {
    try {
        function();
    } catch (const std::exception& exception) {
        settings_.report("connection_failed", exception.what());
        drop(connection);
    }
}

// The web server has then given up the request and answered its client, so nothing may be stored any more.
void IoThread::drop(Connection& connection) {
    if (const auto request = std::exchange(connection.request, nullptr)) {
        [[maybe_unused]] const auto phase = request->expire();
        request->forget_connection();
    }
    connection.close();
    connections_.move(connection, State::kClosed, now_);
}

void IoThread::handle_events(Connection& connection, std::uint32_t events) {
    if (connection.state() == State::kClosed) return;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) return drop(connection);
    if ((events & EPOLLIN) != 0) connection.set_readable();
    guard(connection, [&] {
        if (connection.has_output()) {
            if ((events & EPOLLOUT) != 0) go_on_after(connection, connection.send_rest());
        } else if (connection.is_discarding()) {
            discard(connection);
        } else if (connection.state() == State::kIdle || connection.state() == State::kPeer) {
            read(connection);
        }
    });
}

// ---------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------

// Reads until there is a request, or nothing more to read.
void IoThread::read(Connection& connection) {
    for (;;) {
        if (is_full()) return connections_.move(connection, State::kDeferred, now_);
        const std::string_view input = connection.input();
        const RequestScan scan = scan_request(input);
        if (scan.state == RequestScan::State::kInvalid) return drop(connection);
        if (scan.state == RequestScan::State::kComplete && scan.size <= MemoryFile::kMostInput) {
            return begin(connection, input.substr(0, scan.size));
        }
        if (input.size() >= MemoryFile::kMostInput) {
            if (!scan.has_parameters) return drop(connection);
            connection.after_answer = Connection::AfterAnswer::kDiscard;
            return begin(connection, input.substr(0, MemoryFile::kMostInput));
        }
        if (!connection.is_readable()) break;
        if (!connection.receive(buffer_)) return drop(connection);
    }
    const bool has_begun = !connection.input().empty();
    if (has_begun && connection.state() != State::kPeer) connections_.move(connection, State::kPeer, now_);
    if (!has_begun && connection.state() == State::kDeferred)
        connections_.move(connection, State::kIdle, now_);
}

void IoThread::begin(Connection& connection, std::string_view bytes) {
    auto exchange = Exchange::read(file_, bytes);
    if (!exchange) return drop(connection);
    connection.remove_input(bytes.size());
    const auto error = exchange->error();
    connection.request = std::make_shared<RequestInHand>(std::move(*exchange), connection, now_,
                                                         settings_.options.patience, answers_);
    connections_.move(connection, State::kInHand, now_);
    if (is_full()) acceptor_.pause();
    http::Reply reply(connection.request);
    if (error) {
        reply.answer(*error);
    } else {
        settings_.handler(std::move(reply));
    }
}

void IoThread::discard(Connection& connection) {
    while (connection.is_readable()) {
        if (!connection.receive(buffer_)) return drop(connection);
    }
}

void IoThread::handle_deadlines() {
    while (Connection* const connection = connections_.first(State::kPeer)) {
        if (connection->place.since + settings_.options.peer_timeout > now_) break;
        drop(*connection);
    }
    while (Connection* const connection = connections_.first(State::kInHand)) {
        if (connection->place.since + settings_.options.patience > now_) break;
        const auto phase = connection->request->expire();
        if (phase == http::InHand::Phase::kEnded) {
            // Its answer is on the way to the queue.
            connections_.move(*connection, State::kInHand, now_);
            continue;
        }
        const http::Response response = settings_.options.expired(phase == http::InHand::Phase::kCommitting);
        log(*connection->request, response);
        log_.write();
        answer(*connection, response);
    }
}

void IoThread::handle_answers_and_deferred() {
    for (;;) {
        answers_->take(answered_);
        for (const auto& request : answered_) log(*request, request->response());
        log_.write();
        for (const auto& request : answered_) {
            if (Connection* const connection = request->connection())
                answer(*connection, request->response());
        }
        const bool was_idle = answered_.empty();
        answered_.clear();
        Connection* const connection = is_full() ? nullptr : connections_.first(State::kDeferred);
        if (connection != nullptr) guard(*connection, [&] { read(*connection); });
        if (was_idle && connection == nullptr) break;
    }
    if (!acceptor_.is_waiting() && !is_draining_ && !is_full() && accept_again_ <= now_) acceptor_.resume();
}

// ---------------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------------

void IoThread::answer(Connection& connection, const http::Response& response) {
    const auto request = std::exchange(connection.request, nullptr);
    guard(connection, [&] {
        const Exchange& exchange = request->exchange();
        std::string_view behind;
        if (connection.after_answer == Connection::AfterAnswer::kKeep) {
            const bool may_be_kept = connection.count_request() && !is_draining_;
            const bool is_kept = exchange.keeps_connection();
            if (is_kept && !may_be_kept) behind = kClosesIdleConnection;
            if (!is_kept || !may_be_kept) connection.after_answer = Connection::AfterAnswer::kClose;
        }
        const std::string_view bytes = exchange.write(file_, response, behind);
        go_on_after(connection, connection.send(bytes, Exchange::kEndBytes + behind.size()));
    });
}

void IoThread::log(const RequestInHand& request, const http::Response& response) {
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - request.arrival());
    log_.add(request.request(), request.notes(), response, time);
}

void IoThread::go_on_after(Connection& connection, Connection::Sent sent) {
    switch (sent) {
        case Connection::Sent::kAll:
            if (connection.state() == State::kPeer) watch(connection, EPOLL_CTL_MOD, 0);
            return finish_answer(connection);
        case Connection::Sent::kSome:
            if (connection.state() != State::kPeer) watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
            return connections_.move(connection, State::kPeer, now_);
        case Connection::Sent::kFailed:
            return drop(connection);
    }
}

void IoThread::finish_answer(Connection& connection) {
    switch (connection.after_answer) {
        case Connection::AfterAnswer::kClose:
            return drop(connection);
        case Connection::AfterAnswer::kDiscard:
            connections_.move(connection, State::kPeer, now_);
            connection.start_to_discard();
            return discard(connection);
        case Connection::AfterAnswer::kKeep:
            if (connection.has_unread()) return connections_.move(connection, State::kDeferred, now_);
            connections_.move(connection, State::kIdle, now_);
            // Its answer was composed before the end of service.
            if (is_draining_) connection.send_at_once(kClosesIdleConnection);
    }
}

void IoThread::abandon_all() {
    handle_answers_and_deferred();
    for (const State state : {State::kPeer, State::kInHand, State::kDeferred, State::kIdle}) {
        while (Connection* const connection = connections_.first(state)) {
            if (state != State::kIdle) has_answered_all_ = false;
            drop(*connection);
        }
    }
    connections_.destroy_closed();
    answers_->close();
}

}  // namespace fcgi
