#include "fcgi/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace fcgi {
namespace {

// What a connection that holds no bytes may keep of a buffer for the next ones.
constexpr std::size_t kMostKept = 4096;

void release_large(std::string& buffer) {
    if (buffer.empty() && buffer.capacity() > kMostKept) buffer = std::string();
}

bool is_for_now(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

bool Connection::receive(std::span<char> buffer) {
    const ssize_t count = recv(socket(), buffer.data(), buffer.size(), 0);
    if (count == 0) return false;
    if (count < 0) {
        is_readable_ = errno == EINTR;
        return is_for_now(errno);
    }
    const auto size = static_cast<std::size_t>(count);
    is_readable_ = size == buffer.size();
    if (!is_discarding_) input_.append(buffer.data(), size);
    return true;
}

void Connection::remove_input(std::size_t bytes) {
    input_.erase(0, bytes);
    release_large(input_);
}

Connection::Sent Connection::send(std::string_view bytes, std::size_t together) {
    const Sent sent = send_now(bytes, together);
    if (sent == Sent::kSome) {
        output_ = bytes;
        together_ = together;
    }
    return sent;
}

Connection::Sent Connection::send_rest() {
    std::string_view rest = output_;
    const Sent sent = send_now(rest, together_);
    output_.erase(0, output_.size() - rest.size());
    release_large(output_);
    return sent;
}

// Removes from the bytes what is sent. A socket takes a few bytes whole or not at all, but may cut many
// anywhere.
Connection::Sent Connection::send_now(std::string_view& bytes, std::size_t together) const {
    constexpr std::size_t kNeverCut = 2048;
    while (!bytes.empty()) {
        const std::size_t size =
            bytes.size() > std::max(together, kNeverCut) ? bytes.size() - together : bytes.size();
        const ssize_t count = ::send(socket(), bytes.data(), size, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return is_for_now(errno) ? Sent::kSome : Sent::kFailed;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return Sent::kAll;
}

void Connection::send_at_once(std::string_view bytes) const {
    [[maybe_unused]] const ssize_t count = ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Connection::start_to_discard() {
    shutdown(socket(), SHUT_WR);
    input_ = std::string();
    is_discarding_ = true;
    is_readable_ = true;
}

}  // namespace fcgi
