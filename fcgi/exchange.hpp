// One request and its answer in the protocol of the web server (FastCGI 1.0, role Responder). Only exchange.cpp
// uses libfcgi, and only on a memory file.
//
// Nothing of libfcgi's memory stays with a request in hand: the request is copied, and libfcgi reads its beginning
// again before it writes the answer. Its 17 KiB a request would be most of the memory of a busy process. The body is
// complete: it has exactly CONTENT_LENGTH bytes, at most http::kMaxBodyBytes, and its stream had no error.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "fcgi/memory_file.hpp"

namespace fcgi {

// Call it once, before the first request and before other threads start. Throws std::runtime_error.
void initialise_fastcgi();

class Exchange {
  public:
    // Reads a request that scan_request() calls complete, or the beginning of one with all of its parameters.
    // Returns nothing if libfcgi does not take it. Throws std::system_error.
    [[nodiscard]] static std::optional<Exchange> read(MemoryFile& file, std::string_view bytes);

    // Call it once.
    [[nodiscard]] http::Request take_request() { return std::move(request_); }
    // The response to a request that is not complete and never reaches its handler.
    [[nodiscard]] const std::optional<http::Response>& error() const { return error_; }
    // Whether the web server keeps the connection for another request.
    [[nodiscard]] bool keeps_connection() const { return keeps_connection_; }

    // The record END_REQUEST, by which every answer ends.
    static constexpr std::size_t kEndBytes = 16;
    // Returns the answer and these bytes behind it. They are valid as long as the file is not used otherwise.
    // Throws std::runtime_error.
    [[nodiscard]] std::string_view write(MemoryFile& file, const http::Response& response,
                                         std::string_view behind) const;

  private:
    Exchange() = default;

    http::Request request_;
    std::optional<http::Response> error_;
    int request_id_ = 0;
    bool keeps_connection_ = false;
    bool has_answer_body_ = true;
};

}  // namespace fcgi
