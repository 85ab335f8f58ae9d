#include "tests/support/database_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace testing {
namespace {

constexpr int kTickMilliseconds = 10;

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

int unix_socket() {
    return checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
}

bool is_readable(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return poll(&wanted, 1, kTickMilliseconds) > 0;
}

bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The client protocol: each packet starts with three bytes of length and a number. A command is a packet with
// the number 0; its first byte is the kind of command.
constexpr std::size_t kHeaderBytes = 4;
constexpr char kQuery = 3;
constexpr char kExecute = 0x17;

// The size of the first packet; larger than the bytes if they are too few to tell.
std::size_t packet_bytes(std::string_view bytes) {
    if (bytes.size() < kHeaderBytes) return kHeaderBytes;
    const auto byte = [bytes](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    return kHeaderBytes + byte(0) + (byte(1) << 8) + (byte(2) << 16);
}

bool is_command(std::string_view packet, char command) {
    return packet.size() > kHeaderBytes && packet[kHeaderBytes - 1] == 0 && packet[kHeaderBytes] == command;
}

constexpr std::string_view kCommit = "COMMIT";

// Also a text of several statements of which the last one is COMMIT.
bool is_commit(std::string_view packet) {
    if (!is_command(packet, kQuery)) return false;
    const std::string_view text = packet.substr(kHeaderBytes + 1);
    return text.ends_with(kCommit) && (text == kCommit || text[text.size() - kCommit.size() - 1] == ';');
}

void write_size(std::string& packet) {
    const std::size_t size = packet.size() - kHeaderBytes;
    for (std::size_t i = 0; i < 3; ++i) packet[i] = static_cast<char>(size >> (8 * i) & 0xff);
}

// The same text with ROLLBACK instead of COMMIT.
std::string with_rollback(std::string_view packet) {
    std::string changed(packet.substr(0, packet.size() - kCommit.size()));
    changed += "ROLLBACK";
    write_size(changed);
    return changed;
}

// The answer to a command: an ERR packet.
std::string error_packet(int code, char number = 1) {
    std::string packet{0, 0, 0, number, '\xff', static_cast<char>(code & 0xff), static_cast<char>(code >> 8)};
    packet += "#HY000An error of the proxy's";
    write_size(packet);
    return packet;
}

// Where the last packet of the answers begins; npos if it has not arrived as a whole.
std::size_t last_packet(std::string_view answers) {
    std::size_t last = std::string_view::npos;
    for (std::size_t at = 0; at < answers.size(); at += packet_bytes(answers.substr(at))) {
        if (packet_bytes(answers.substr(at)) > answers.size() - at) return std::string_view::npos;
        last = at;
    }
    return last;
}

// Whether the answers end with that to a COMMIT, an OK packet that announces no more of them, or with an error.
bool are_complete(std::string_view answers) {
    constexpr std::string_view kOkay("\0\0\0", 3);  // no rows affected, no id
    constexpr char kMoreResults = 8;
    const std::size_t begin = last_packet(answers);
    if (begin == std::string_view::npos) return false;
    const std::string_view last = answers.substr(begin + kHeaderBytes);
    if (last.starts_with('\xff')) return true;
    return last.starts_with(kOkay) && last.size() > kOkay.size() && (last[kOkay.size()] & kMoreResults) == 0;
}

}  // namespace

DatabaseProxy::DatabaseProxy(db::ConnectionSettings database)
    : database_(std::move(database)), folder_("/tmp/targethooks-proxy-XXXXXX"), listening_(unix_socket()) {
    if (database_.socket.empty())
        throw std::runtime_error("the database proxy needs the database's unix socket");
    if (mkdtemp(folder_.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = folder_ + "/db.sock";
    const sockaddr_un address = address_of(path_);
    checked(bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(listen(listening_, SOMAXCONN), "listen");
    acceptor_ = std::jthread([this] { accept_all(); });
}

DatabaseProxy::~DatabaseProxy() {
    ending_ = true;
    acceptor_.join();
    pumps_.clear();
    close(listening_);
    std::filesystem::remove_all(folder_);
}

db::ConnectionSettings DatabaseProxy::settings() const {
    db::ConnectionSettings settings = database_;
    settings.socket = path_;
    return settings;
}

void DatabaseProxy::cut_all() {
    ++epoch_;
}

void DatabaseProxy::accept_all() {
    while (!ending_) {
        if (!is_readable(listening_)) continue;
        const int client = accept(listening_, nullptr, nullptr);
        if (away_) {
            close(client);
            continue;
        }
        pumps_.emplace_back([this, client] { pump(client); });
    }
}

void DatabaseProxy::pump(int client) {
    const unsigned epoch = epoch_;
    const int server = unix_socket();
    const sockaddr_un address = address_of(database_.socket);
    bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    std::string received;
    while (open && !ending_ && epoch == epoch_) {
        std::array<pollfd, 2> wanted{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (poll(wanted.data(), wanted.size(), kTickMilliseconds) <= 0) continue;
        if (wanted[0].revents != 0) open = forward_commands(client, server, received);
        if (open && wanted[1].revents != 0) open = forward_answers(server, client);
    }
    close(client);
    close(server);
}

bool DatabaseProxy::forward_answers(int server, int client) {
    std::array<char, 65536> buffer{};
    const ssize_t count = recv(server, buffer.data(), buffer.size(), 0);
    return count > 0 && send_all(client, {buffer.data(), static_cast<std::size_t>(count)});
}

bool DatabaseProxy::forward_commands(int client, int server, std::string& received) {
    std::array<char, 65536> buffer{};
    const ssize_t count = recv(client, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    received.append(buffer.data(), static_cast<std::size_t>(count));
    while (packet_bytes(received) <= received.size()) {
        const std::string packet = received.substr(0, packet_bytes(received));
        received.erase(0, packet.size());
        if (!forward_command(packet, client, server)) return false;
    }
    return true;
}

bool DatabaseProxy::forward_command(std::string_view packet, int client, int server) {
    if (packet[kHeaderBytes - 1] == 0) ++commands_;
    if (is_commit(packet)) return forward_commit(packet, client, server);
    if (is_command(packet, kExecute) && executes_left_ > 0 && --executes_left_ == 0) {
        return send_all(client, error_packet(execute_code_));
    }
    return send_all(server, packet);
}

bool DatabaseProxy::forward_commit(std::string_view packet, int client, int server) {
    if (const int code = commit_code_.exchange(0); code != 0) {
        send_all(server, commit_carried_out_ ? std::string(packet) : with_rollback(packet));
        std::string answers = read_answers(server);
        if (answers.empty()) return false;
        const std::size_t last = last_packet(answers);
        answers.replace(last, answers.npos, error_packet(code, answers[last + kHeaderBytes - 1]));
        return send_all(client, answers);
    }
    switch (action_.exchange(AtCommit::kPass)) {
        case AtCommit::kPass:
            return send_all(server, packet);
        case AtCommit::kCutBefore:
            return false;
        case AtCommit::kCutAfterAndStayAway:
            away_ = true;
            [[fallthrough]];
        case AtCommit::kCutAfter:
            // The server has executed the command when its answer arrives.
            send_all(server, packet);
            (void)read_answers(server);
            return false;
    }
    return false;
}

// Waits for the answers to a text that ends in COMMIT. Empty if the server closes the connection.
std::string DatabaseProxy::read_answers(int server) const {
    std::string answers;
    while (!ending_ && !are_complete(answers)) {
        if (!is_readable(server)) continue;
        std::array<char, 65536> buffer{};
        const ssize_t count = recv(server, buffer.data(), buffer.size(), 0);
        if (count <= 0) return {};
        answers.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return ending_ ? std::string() : answers;
}

}  // namespace testing
