// Receivers of deliveries for the benchmark, all in one thread. receiver.cpp explains their commands.
//
// System errors are thrown; an error of a peer ends its connection.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

template <class Number>
Number to_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument("no number: " + std::string(text));
    }
    return number;
}

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct Listener {
    std::string name;
    sockaddr_in address{};  // with its port, after it has listened
    int answer_after = 0;   // milliseconds; below zero: never
    int socket = -1;
};

class Receivers {
  public:
    Receivers(const char* certificate, std::vector<Listener> listeners);
    ~Receivers();
    Receivers(const Receivers&) = delete;
    Receivers& operator=(const Receivers&) = delete;

    void print_ports() const;
    void run();  // until the end of standard input

  private:
    struct Arrival {
        std::size_t listener;
        std::string path;
        std::string id;
        Clock::time_point at;
    };

    struct Connection {
        std::uint64_t number;
        std::size_t listener;
        int socket;
        std::unique_ptr<SSL, SslFree> ssl;
        std::string input;          // not yet a whole request
        Clock::time_point begun{};  // when the first byte of `input` was read
        bool accepted = false;      // the handshake is over
        bool closed = false;
    };
    struct Due {
        Clock::time_point at;
        std::uint64_t connection;
        int socket;
    };
    // The source of an epoll event: the number of a listener, kCommands, or beyond these a connection's
    // socket.
    enum class Kind : std::uint32_t { kCommands, kListener, kConnection };

    void watch(int socket, Kind kind, std::uint32_t number) const;
    void listen_at(std::size_t number);
    void close_listener(std::size_t number);
    void accept_all(std::size_t number);
    void advance(Connection& connection);
    void take_requests(Connection& connection);
    void answer(Connection& connection) const;
    void answer_due();
    [[nodiscard]] int milliseconds_to_next() const;
    [[nodiscard]] bool read_commands();
    void obey(const std::string& line);
    void dump(const std::string& path) const;
    [[nodiscard]] std::size_t named(const std::string& name) const;

    const std::unique_ptr<SSL_CTX, SslFree> context_;
    const int epoll_;
    std::vector<Listener> listeners_;
    std::unordered_map<int, Connection> connections_;  // by socket
    std::uint64_t next_number_ = 1;
    std::map<int, std::deque<Due>> due_;  // by delay, so each queue is in the order of time
    std::vector<Arrival> arrivals_;
    std::string commands_;
};

}  // namespace bench
