#include "fcgi/exchange.hpp"

#include <fcgiapp.h>

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

// A request of libfcgi, which reads it like one on a kept connection: the only state in which it reads without
// accepting.
class LibraryRequest {
  public:
    LibraryRequest() {
        constexpr int kNoListeningSocket = -1;
        FCGX_InitRequest(&raw_, kNoListeningSocket, 0);
    }
    ~LibraryRequest() {
        constexpr int kLeaveFileOpen = 0;
        FCGX_Free(&raw_, kLeaveFileOpen);
    }
    LibraryRequest(const LibraryRequest&) = delete;
    LibraryRequest& operator=(const LibraryRequest&) = delete;

    // Returns false if there is no request that libfcgi takes. In some of these cases it closes the file. It takes
    // parameters for complete if they end between two of them, so the error of their stream is checked as well.
    [[nodiscard]] bool read(MemoryFile& file, std::string_view bytes) {
        raw_.ipcFd = file.open_input(bytes);
        raw_.keepConnection = 1;
        const bool is_read = FCGX_Accept_r(&raw_) == 0 && FCGX_GetError(raw_.in) == 0;
        if (raw_.ipcFd < 0) file.descriptor_was_closed();
        return is_read;
    }

    // Like FCGX_Finish_r, but returns whether everything is written.
    [[nodiscard]] bool finish() const {
        FCGX_FClose(raw_.err);
        return FCGX_FClose(raw_.out) == 0;
    }

    [[nodiscard]] FCGX_Request& get() { return raw_; }

  private:
    FCGX_Request raw_{};
};

// The beginning of a request with this number: BEGIN_REQUEST (Responder, kept), and no parameters.
std::string beginning_of_request(int request_id) {
    const char high = static_cast<char>(request_id >> 8);
    const char low = static_cast<char>(request_id & 0xff);
    return {1, 1, high, low, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 4, high, low, 0, 0, 0, 0};
}

}  // namespace

void initialise_fastcgi() {
    if (const int fault = FCGX_Init(); fault != 0) {
        throw std::runtime_error("libfcgi can't be initialised: error " + std::to_string(fault));
    }
}

std::optional<Exchange> Exchange::read(MemoryFile& file, std::string_view bytes) {
    LibraryRequest library_request;
    if (!library_request.read(file, bytes)) return std::nullopt;
    const FCGX_Request& raw = library_request.get();
    Exchange exchange;
    auto [request, content_length] = read_parameters(raw.envp);
    exchange.error_ = read_body(raw.in, content_length, request.body);
    exchange.request_id_ = raw.requestId;
    exchange.keeps_connection_ = raw.keepConnection != 0;
    exchange.has_answer_body_ = request.method != "HEAD";
    exchange.request_ = std::move(request);
    return exchange;
}

std::string_view Exchange::write(MemoryFile& file, const http::Response& response,
                                 std::string_view behind) const {
    LibraryRequest library_request;
    bool is_written = library_request.read(file, beginning_of_request(request_id_));
    if (is_written) {
        FCGX_Request& raw = library_request.get();
        raw.ipcFd = file.open_output();
        write_response(raw.out, response, has_answer_body_);
        is_written = library_request.finish();
    }
    if (!is_written) throw std::runtime_error("libfcgi can't write an answer to its memory file");
    if (!behind.empty()) file.append(behind);
    return file.output();
}

}  // namespace fcgi
