#include "tests/bench/receivers.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <new>
#include <sstream>

namespace bench {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::size_t kMostHeadBytes = 64 * 1024;
constexpr int kBacklog = 4096;

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// The parts of a request that are used here. length is 0 while the request is incomplete.
struct Parsed {
    std::size_t length = 0;
    std::string path;
    std::string id;
};

// The value of a header. name: exactly as curl sends it, with "\r\n" before and ":" after it. curl sends
// headers as they are set, and writes Content-Length itself.
std::string_view header(std::string_view head, std::string_view name) {
    const std::size_t found = head.find(name);
    if (found == std::string_view::npos) return {};
    std::string_view value = head.substr(found + name.size());
    value = value.substr(0, value.find("\r\n"));
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
}

Parsed parse(std::string_view input) {
    const std::size_t end = input.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        if (input.size() > kMostHeadBytes) throw std::invalid_argument("the head is too long");
        return {};
    }
    const std::string_view head = input.substr(0, end + 2);
    const std::size_t length = end + 4 + to_number<std::size_t>(header(head, "\r\nContent-Length:"));
    if (input.size() < length) return {};
    const std::size_t path = std::min(head.find(' ') + 1, head.size());
    return {.length = length,
            .path = std::string(head.substr(path, head.find(' ', path) - path)),
            .id = std::string(header(head, "\r\nwebhook-id:"))};
}

}  // namespace

Receivers::Receivers(const char* certificate, std::vector<Listener> listeners)
    : context_(SSL_CTX_new(TLS_server_method())),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      listeners_(std::move(listeners)) {
    if (!context_ || SSL_CTX_use_certificate_chain_file(context_.get(), certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), certificate, SSL_FILETYPE_PEM) != 1) {
        throw std::runtime_error(std::string("no certificate with key: ") + certificate);
    }
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
    if (epoll_ < 0) throw_errno("epoll_create1");
    for (std::size_t number = 0; number < listeners_.size(); ++number) listen_at(number);
    watch(STDIN_FILENO, Kind::kCommands, 0);
}

Receivers::~Receivers() {
    for (const auto& [socket, connection] : connections_) close(socket);
    for (const Listener& listener : listeners_) {
        if (listener.socket >= 0) close(listener.socket);
    }
    close(epoll_);
}

void Receivers::print_ports() const {
    for (const Listener& listener : listeners_) {
        std::cout << listener.name << ' ' << ntohs(listener.address.sin_port) << '\n';
    }
    std::cout << "ready" << std::endl;
}

void Receivers::watch(int socket, Kind kind, std::uint32_t number) const {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = (static_cast<std::uint64_t>(kind) << 32U) | number}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) throw_errno("epoll_ctl");
}

void Receivers::listen_at(std::size_t number) {
    Listener& listener = listeners_.at(number);
    if (listener.socket >= 0) return;
    listener.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    auto* const address = reinterpret_cast<sockaddr*>(&listener.address);
    socklen_t size = sizeof listener.address;
    if (listener.socket < 0 || setsockopt(listener.socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener.socket, address, size) != 0 || listen(listener.socket, kBacklog) != 0 ||
        getsockname(listener.socket, address, &size) != 0) {
        throw_errno("listening");
    }
    watch(listener.socket, Kind::kListener, static_cast<std::uint32_t>(number));
}

void Receivers::close_listener(std::size_t number) {
    close(listeners_.at(number).socket);
    listeners_.at(number).socket = -1;
    std::erase_if(connections_, [number](const auto& item) {
        if (item.second.listener != number) return false;
        close(item.first);
        return true;
    });
}

void Receivers::accept_all(std::size_t number) {
    const int listening = listeners_.at(number).socket;
    for (;;) {
        const int peer = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED || errno == EBADF) return;
            throw_errno("accept4");
        }
        const int yes = 1;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        Connection connection{.number = next_number_++,
                              .listener = number,
                              .socket = peer,
                              .ssl = std::unique_ptr<SSL, SslFree>(SSL_new(context_.get())),
                              .input = {}};
        if (!connection.ssl || SSL_set_fd(connection.ssl.get(), peer) != 1) throw std::bad_alloc();
        SSL_set_accept_state(connection.ssl.get());
        connections_.insert_or_assign(peer, std::move(connection));
        watch(peer, Kind::kConnection, static_cast<std::uint32_t>(peer));
    }
}

// Reads as long as there is input. Answers always fit into the socket's buffer.
void Receivers::advance(Connection& connection) {
    SSL* const ssl = connection.ssl.get();
    std::array<char, 16 * 1024> buffer{};
    while (!connection.closed) {
        int result = 0;
        if (!connection.accepted) {
            result = SSL_do_handshake(ssl);
            connection.accepted = result == 1;
            if (result == 1) continue;
        } else {
            result = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
            if (result > 0) {
                if (connection.input.empty()) connection.begun = Clock::now();
                connection.input.append(buffer.data(), static_cast<std::size_t>(result));
                take_requests(connection);
                continue;
            }
        }
        const int error = SSL_get_error(ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
        connection.closed = true;
    }
}

void Receivers::take_requests(Connection& connection) {
    const Listener& listener = listeners_.at(connection.listener);
    for (Parsed parsed = parse(connection.input); parsed.length != 0; parsed = parse(connection.input)) {
        connection.input.erase(0, parsed.length);
        arrivals_.push_back(
            {connection.listener, std::move(parsed.path), std::move(parsed.id), connection.begun});
        if (listener.answer_after == 0) {
            answer(connection);
        } else if (listener.answer_after > 0) {
            due_[listener.answer_after].push_back(
                {Clock::now() + std::chrono::milliseconds(listener.answer_after), connection.number,
                 connection.socket});
        }
    }
}

void Receivers::answer(Connection& connection) const {
    const int written = SSL_write(connection.ssl.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
    if (written != static_cast<int>(kAnswer.size())) connection.closed = true;
}

void Receivers::answer_due() {
    const auto now = Clock::now();
    for (auto& [delay, waiting] : due_) {
        for (; !waiting.empty() && waiting.front().at <= now; waiting.pop_front()) {
            const auto found = connections_.find(waiting.front().socket);
            if (found == connections_.end() || found->second.number != waiting.front().connection) continue;
            answer(found->second);
        }
    }
}

int Receivers::milliseconds_to_next() const {
    constexpr auto kLong = std::chrono::milliseconds(60'000);
    auto next = Clock::now() + kLong;
    for (const auto& [delay, waiting] : due_) {
        if (!waiting.empty()) next = std::min(next, waiting.front().at);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void Receivers::run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
        const int count =
            epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_to_next());
        if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
        bool commanded = false;
        for (int i = 0; i < count; ++i) {
            const std::uint64_t data = events.at(static_cast<std::size_t>(i)).data.u64;
            const auto number = static_cast<std::uint32_t>(data);
            switch (static_cast<Kind>(data >> 32U)) {
                case Kind::kCommands:
                    commanded = true;
                    break;
                case Kind::kListener:
                    accept_all(number);
                    break;
                case Kind::kConnection:
                    const auto found = connections_.find(static_cast<int>(number));
                    if (found == connections_.end()) break;
                    advance(found->second);
                    if (!found->second.closed) break;
                    close(found->first);
                    connections_.erase(found);
            }
        }
        answer_due();
        if (commanded && !read_commands()) return;
    }
}

bool Receivers::read_commands() {
    std::array<char, 4096> buffer{};
    const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size <= 0) return false;
    commands_.append(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t end = commands_.find('\n'); end != std::string::npos; end = commands_.find('\n')) {
        obey(commands_.substr(0, end));
        commands_.erase(0, end + 1);
        std::cout << "done" << std::endl;
    }
    return true;
}

void Receivers::obey(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    std::string argument;
    words >> command >> argument;
    if (command == "count") {
        std::cout << arrivals_.size() << '\n';
    } else if (command == "dump") {
        dump(argument);
    } else if (command == "clear") {
        arrivals_.clear();
    } else if (command == "close") {
        close_listener(named(argument));
    } else if (command == "open") {
        listen_at(named(argument));
    } else {
        throw std::invalid_argument("unknown command: " + line);
    }
}

void Receivers::dump(const std::string& path) const {
    std::ofstream file(path);
    for (const Arrival& arrival : arrivals_) {
        file << listeners_.at(arrival.listener).name << ' ' << arrival.path << ' ' << arrival.id << ' '
             << std::chrono::nanoseconds(arrival.at.time_since_epoch()).count() << '\n';
    }
    if (!file.flush()) throw std::runtime_error("can't be written: " + path);
}

std::size_t Receivers::named(const std::string& name) const {
    for (std::size_t number = 0; number < listeners_.size(); ++number) {
        if (listeners_.at(number).name == name) return number;
    }
    throw std::invalid_argument("no such listener: " + name);
}

}  // namespace bench
