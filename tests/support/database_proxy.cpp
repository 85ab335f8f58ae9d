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

// A packet of the client's protocol: three bytes of length, a number, the command COM_QUERY (3), the text.
bool is_commit(std::string_view packet) {
    constexpr std::size_t kHeaderBytes = 4;
    return packet.size() > kHeaderBytes && packet.substr(kHeaderBytes) ==
                                               "\x03"
                                               "COMMIT";
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
        const std::lock_guard lock(mutex_);
        pumps_.emplace_back([this, client] { pump(client); });
    }
}

void DatabaseProxy::pump(int client) {
    const unsigned epoch = epoch_;
    const int server = unix_socket();
    const sockaddr_un address = address_of(database_.socket);
    bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    while (open && !ending_ && epoch == epoch_) {
        std::array<pollfd, 2> wanted{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (poll(wanted.data(), wanted.size(), kTickMilliseconds) <= 0) continue;
        if (wanted[0].revents != 0) open = forward(client, server, true);
        if (open && wanted[1].revents != 0) open = forward(server, client, false);
    }
    close(client);
    close(server);
}

bool DatabaseProxy::forward(int from, int to, bool from_client) {
    std::array<char, 65536> buffer{};
    const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (!from_client || !is_commit(bytes)) return send_all(to, bytes);
    switch (action_.exchange(AtCommit::kPass)) {
        case AtCommit::kPass:
            return send_all(to, bytes);
        case AtCommit::kCutBefore:
            return false;
        case AtCommit::kCutAfterAndStayAway:
            away_ = true;
            [[fallthrough]];
        case AtCommit::kCutAfter:
            // Once the answer is there, it has been carried out.
            send_all(to, bytes);
            while (!is_readable(to) && !ending_) {
            }
            return false;
    }
    return false;
}

}  // namespace testing
