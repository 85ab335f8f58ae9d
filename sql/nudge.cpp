#include "sql/nudge.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace db {

Nudge::Nudge(std::string path) : path_(std::move(path)) {
    if (path_.empty() || path_.size() >= sizeof(sockaddr_un::sun_path)) return;
    descriptor_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

Nudge::~Nudge() {
    if (descriptor_ >= 0) close(descriptor_);
}

Nudge::Nudge(Nudge&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

std::string Nudge::socket_from(Config& config) {
    std::string path = config.text("nudge_socket", kDefaultSocket);
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        throw config.error("nudge_socket", "must be a path of at most 107 bytes");
    }
    return path;
}

void Nudge::send() const noexcept {
    if (descriptor_ < 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    // Named anew each time: the daemon that has the socket now may be another than the last time.
    [[maybe_unused]] const ssize_t sent = sendto(descriptor_, nullptr, 0, MSG_NOSIGNAL,
                                                 reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace db
