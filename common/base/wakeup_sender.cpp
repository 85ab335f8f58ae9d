#include "common/base/wakeup_sender.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace base {
namespace {

constexpr mode_t kOwnerAndGroup = 0660;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    return address;
}

int open_socket() {
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// The socket of a daemon that was killed stays behind.
void remove_if_nobody_listens(const sockaddr_un& address) {
    const int probe = open_socket();
    if (probe < 0) return;
    if (connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno == ECONNREFUSED) {
        unlink(address.sun_path);
    }
    close(probe);
}

}  // namespace

WakeupSender::WakeupSender(std::string path) : path_(std::move(path)) {
    if (path_.empty() || path_.size() >= sizeof(sockaddr_un::sun_path)) return;
    descriptor_ = open_socket();
}

WakeupSender::~WakeupSender() {
    if (descriptor_ >= 0) close(descriptor_);
}

WakeupSender::WakeupSender(WakeupSender&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

std::string WakeupSender::socket_from(Config& config) {
    std::string path = config.text("wakeup_socket", kDefaultSocket);
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        throw config.error("wakeup_socket", "must be a path of at most 107 bytes");
    }
    return path;
}

void WakeupSender::send() const noexcept {
    if (descriptor_ < 0) return;
    const sockaddr_un address = address_of(path_);
    // The path is resolved for each datagram, since another daemon may have bound it meanwhile.
    [[maybe_unused]] const ssize_t sent = sendto(descriptor_, nullptr, 0, MSG_NOSIGNAL,
                                                 reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

WakeupSocket::~WakeupSocket() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    unlink(path_.c_str());
}

std::string WakeupSocket::open() {
    if (is_open()) return {};
    const sockaddr_un address = address_of(path_);
    remove_if_nobody_listens(address);
    const int fresh = open_socket();
    if (fresh >= 0 && bind(fresh, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        chmod(path_.c_str(), kOwnerAndGroup) == 0) {
        descriptor_ = fresh;
        return {};
    }
    std::string reason = std::generic_category().message(errno);
    if (fresh >= 0) close(fresh);
    return reason;
}

void WakeupSocket::drain() const {
    std::array<char, 16> ignored{};
    while (descriptor_ >= 0 && recv(descriptor_, ignored.data(), ignored.size(), 0) >= 0) {
    }
}

}  // namespace base
