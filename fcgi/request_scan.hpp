// Finds the end of a request in the bytes of a connection, by the headers of its records (FastCGI 1.0, 3.3,
// 5.1 to 5.3): BEGIN_REQUEST, PARAMS up to the empty one, STDIN up to the empty one. The role is Responder.
//
// The scan is strict: what it calls complete is read by libfcgi to its last byte, and makes libfcgi write
// nothing. So management records and records of another request are invalid; no web server sends them.
#pragma once

#include <cstddef>
#include <string_view>

namespace fcgi {

struct RequestScan {
    enum class State { kIncomplete, kComplete, kInvalid };

    State state = State::kIncomplete;
    std::size_t size = 0;         // kComplete: the request's bytes; what follows belongs to the next request
    bool has_parameters = false;  // not kInvalid: all of its parameters are there
};

// The input begins where a request begins.
[[nodiscard]] RequestScan scan_request(std::string_view input);

}  // namespace fcgi
