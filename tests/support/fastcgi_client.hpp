// The web server's side of FastCGI 1.0, for tests that need it byte by byte: records of a Responder request.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// BEGIN_REQUEST, PARAMS and its end, STDIN and its end.
[[nodiscard]] std::string begin_request(bool keep_connection);
[[nodiscard]] std::string parameters(const Parameters& parameters);
[[nodiscard]] std::string standard_input(std::string_view body);
[[nodiscard]] std::string end_of_standard_input();

// A complete POST request with this body.
[[nodiscard]] std::string post(std::string_view body, bool keep_connection);

// A listening unix socket in a folder of its own, and connections to it.
class Socket {
  public:
    Socket();
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    [[nodiscard]] int listening() const { return listening_; }
    [[nodiscard]] int connect() const;

  private:
    std::string folder_;
    std::string path_;
    int listening_;
};

void send(int connection, std::string_view bytes);

// The server's STDOUT until it ends the request or the connection. `ended` tells which.
struct Reply {
    std::string output;
    bool ended = false;
};
[[nodiscard]] Reply receive(int connection);

// Waits at most a minute until the peer closes the connection. Returns whether it has.
[[nodiscard]] bool is_closed_by_peer(int connection);

}  // namespace support
