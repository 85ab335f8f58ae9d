#include "tests/support/fastcgi_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace support {
namespace {

constexpr char kVersion = 1;
constexpr char kBeginRequest = 1;
constexpr char kEndRequest = 3;
constexpr char kParameters = 4;
constexpr char kStandardInput = 5;
constexpr char kStandardOutput = 6;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kMostContentBytes = 65535;

std::string record(char type, std::string_view content) {
    const std::string header{kVersion,
                             type,
                             0,
                             1,
                             static_cast<char>(content.size() >> 8),
                             static_cast<char>(content.size() & 0xff),
                             0,
                             0};
    return header + std::string(content);
}

void append_length(std::string& bytes, std::size_t length) {
    constexpr std::size_t kShort = 127;
    if (length <= kShort) {
        bytes += static_cast<char>(length);
        return;
    }
    bytes += static_cast<char>(0x80 | (length >> 24));
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(length >> shift & 0xff);
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

bool read_exactly(int connection, char* buffer, std::size_t size) {
    while (size > 0) {
        const ssize_t count = recv(connection, buffer, size, 0);
        if (count <= 0) return false;
        buffer += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

}  // namespace

std::string begin_request(bool keep_connection) {
    constexpr char kResponder = 1;
    const std::string content{0, kResponder, static_cast<char>(keep_connection ? 1 : 0), 0, 0, 0, 0, 0};
    return record(kBeginRequest, content);
}

std::string parameters(const Parameters& parameters) {
    std::string content;
    for (const auto& [name, value] : parameters) {
        append_length(content, name.size());
        append_length(content, value.size());
        content += name + value;
    }
    return record(kParameters, content) + record(kParameters, "");
}

std::string standard_input(std::string_view body) {
    std::string records;
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), kMostContentBytes))) {
        records += record(kStandardInput, body.substr(0, kMostContentBytes));
    }
    return records;
}

std::string end_of_standard_input() {
    return record(kStandardInput, "");
}

std::string post(std::string_view body, bool keep_connection) {
    return begin_request(keep_connection) +
           parameters({{"REQUEST_METHOD", "POST"},
                       {"REQUEST_URI", "/test?query"},
                       {"REQUEST_ID", "id-1"},
                       {"CONTENT_TYPE", "text/plain"},
                       {"CONTENT_LENGTH", std::to_string(body.size())},
                       {"HTTP_X_TEST", "one"},
                       {"HTTP_X_TEST", "two"}}) +
           standard_input(body) + end_of_standard_input();
}

Socket::Socket()
    : folder_("/tmp/targethooks-fcgi-XXXXXX"), listening_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (mkdtemp(folder_.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = folder_ + "/socket";
    const sockaddr_un address = address_of(path_);
    checked(bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(listen(listening_, SOMAXCONN), "listen");
}

Socket::~Socket() {
    close(listening_);
    std::filesystem::remove_all(folder_);
}

int Socket::connect() const {
    const int connection = checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const sockaddr_un address = address_of(path_);
    checked(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    return connection;
}

void send(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) throw std::system_error(errno, std::generic_category(), "send");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

Reply receive(int connection) {
    Reply reply;
    std::array<char, kHeaderBytes> header{};
    while (read_exactly(connection, header.data(), header.size())) {
        const auto byte = [&header](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(header.at(i)));
        };
        std::string content(byte(4) << 8 | byte(5), '\0');
        std::string padding(byte(6), '\0');
        if (!read_exactly(connection, content.data(), content.size())) break;
        if (!read_exactly(connection, padding.data(), padding.size())) break;
        if (header[1] == kStandardOutput) reply.output += content;
        if (header[1] == kEndRequest) {
            reply.ended = true;
            break;
        }
    }
    return reply;
}

bool is_closed_by_peer(int connection) {
    constexpr int kMinute = 60'000;
    pollfd wanted{connection, POLLIN, 0};
    if (poll(&wanted, 1, kMinute) <= 0) return false;
    char byte = 0;
    return recv(connection, &byte, 1, 0) <= 0;
}

}  // namespace support
