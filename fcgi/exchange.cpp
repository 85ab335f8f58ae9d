#include "fcgi/exchange.hpp"

#include <fcgiapp.h>
#include <poll.h>

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/base/ascii.hpp"
#include "fcgi/http/body.hpp"
#include "fcgi/http/header_syntax.hpp"
#include "fcgi/http/problem.hpp"

namespace fcgi {
namespace {

// A request of libfcgi on a connection that is already accepted. If FCGX_Accept_r accepted the connection, no
// timeouts could be set before it reads the parameters, and a silent peer would block the thread. So it gets
// the socket as a kept connection, the only state in which it reads without accepting.
class LibraryRequest {
  public:
    explicit LibraryRequest(int connection) {
        constexpr int kNoListeningSocket = -1;
        FCGX_InitRequest(&request_, kNoListeningSocket, 0);
        request_.ipcFd = connection;
        request_.keepConnection = 1;
    }
    ~LibraryRequest() { FCGX_Free(&request_, request_.ipcFd >= 0 ? 1 : 0); }
    LibraryRequest(const LibraryRequest&) = delete;
    LibraryRequest& operator=(const LibraryRequest&) = delete;

    // False if the peer sent no parameters, or not all of them in time. libfcgi takes parameters for complete
    // if they end between two of them, so the error of their stream is checked as well.
    [[nodiscard]] bool read_parameters() {
        return FCGX_Accept_r(&request_) == 0 && FCGX_GetError(request_.in) == 0;
    }

    // For a request that was read to its end. Before libfcgi closes a connection, it waits for the web server
    // to close it, because unread input would make the kernel discard the response. Here, no input is unread.
    void close_without_waiting() { FCGX_Detach(&request_); }

    // Ends the request. Returns true if the connection stays open; the caller owns it again.
    [[nodiscard]] bool finish() {
        FCGX_Finish_r(&request_);
        return std::exchange(request_.ipcFd, -1) >= 0;
    }

    [[nodiscard]] FCGX_Request& get() { return request_; }

  private:
    FCGX_Request request_{};
};

struct Parameters {
    http::Request request;
    std::string_view content_length;
};

// The white space around a value is not part of it (RFC 9110, 5.5). nginx removes spaces, but not tabs.
std::string value_of_header(std::string_view sent) {
    return std::string(http::trim_optional_white_space(sent));
}

Parameters read_parameters(char** environment) {
    Parameters parameters;
    http::Request& request = parameters.request;
    std::string_view content_type;
    for (; *environment != nullptr; ++environment) {
        const std::string_view entry = *environment;
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = entry.substr(0, equals);
        const std::string_view value = entry.substr(equals + 1);
        constexpr std::string_view kHeaderPrefix = "HTTP_";
        if (name.starts_with(kHeaderPrefix)) {
            request.headers.push_back(
                {std::string(name.substr(kHeaderPrefix.size())), value_of_header(value)});
        } else if (name == "REQUEST_METHOD") {
            request.method = value;
        } else if (name == "REQUEST_URI") {
            request.uri = value;
        } else if (name == "REQUEST_ID") {
            request.id = value;
        } else if (name == "CONTENT_TYPE") {
            content_type = value;
        } else if (name == "CONTENT_LENGTH") {
            parameters.content_length = value;
        }
    }
    // nginx passes it among the headers as well, where a repeated header is visible.
    if (!content_type.empty() && !request.header("CONTENT_TYPE")) {
        request.headers.push_back({"CONTENT_TYPE", value_of_header(content_type)});
    }
    return parameters;
}

std::optional<std::size_t> parse_length(std::string_view text) {
    return text.empty() ? 0 : base::parse_number<std::size_t>(text);
}

// Reads the body. Returns an error response if the body is not complete.
std::optional<http::Response> read_body(FCGX_Stream* stream, std::string_view content_length,
                                        std::string& body) {
    const auto length = parse_length(content_length);
    if (!length) return http::bad_request("The Content-Length is not a number.");
    if (*length > http::kMaxBodyBytes) return http::body_too_large();
    // Asks for one byte more, so that the stream is read to its end and nothing is left on a kept connection.
    body.resize(*length + 1);
    const int count = FCGX_GetStr(body.data(), static_cast<int>(body.size()), stream);
    if (FCGX_GetError(stream) != 0 || static_cast<std::size_t>(count) != *length) {
        return http::bad_request("The body is not as long as its Content-Length says.");
    }
    body.resize(*length);
    return std::nullopt;
}

// The reason phrases of RFC 9110, section 15. Clients must not rely on them, but without them nginx sends an
// empty phrase.
std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        default:
            return "";
    }
}

// A response to HEAD has the headers of the response to GET, and no body (RFC 9110, 9.3.2). No cache may
// store a response, because it depends on the API key.
void write_response(FCGX_Stream* stream, const http::Response& response, bool with_body) {
    std::string head = "Status: " + std::to_string(response.status) + " ";
    head.append(reason_of(response.status)).append("\r\nCache-Control: no-store\r\n");
    if (!response.body.empty()) {
        head += "Content-Type: application/json\r\n";
        head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    }
    for (const auto& [name, value] : response.headers)
        head.append(name).append(": ").append(value).append("\r\n");
    head += "\r\n";
    FCGX_PutStr(head.data(), static_cast<int>(head.size()), stream);
    if (with_body) FCGX_PutStr(response.body.data(), static_cast<int>(response.body.size()), stream);
}

// Whether the web server has closed the connection. It has then given up the request and answered its client,
// so a request that waited too long in the socket's queue is not handled.
bool is_given_up(int connection) {
    pollfd wanted{connection, POLLRDHUP, 0};
    return poll(&wanted, 1, 0) > 0;
}

}  // namespace

void initialise_fastcgi() {
    if (const int fault = FCGX_Init(); fault != 0) {
        throw std::runtime_error("libfcgi can't be initialised: error " + std::to_string(fault));
    }
}

bool serve_request(int connection, const Handler& handler) {
    LibraryRequest exchange(connection);
    if (!exchange.read_parameters()) return false;
    FCGX_Request& raw = exchange.get();
    auto [request, content_length] = read_parameters(raw.envp);
    const auto fault = read_body(raw.in, content_length, request.body);
    if (is_given_up(connection)) return false;
    if (!fault) exchange.close_without_waiting();
    write_response(raw.out, fault ? *fault : handler(request), request.method != "HEAD");
    return exchange.finish();
}

}  // namespace fcgi
