// One request and its response on a connection from the web server, by libfcgi, which stays inside
// exchange.cpp (FastCGI 1.0, role Responder).
//
// The request is copied out of libfcgi's memory, whose pointers die with it. Its body is whole: exactly
// CONTENT_LENGTH bytes and no stream error, at most http::kMaxBodyBytes.
#pragma once

#include <functional>
#include <string>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace fcgi {

using Handler = std::function<http::Response(const http::Request&)>;

// Once, before the first exchange and before other threads start. Throws std::runtime_error.
void initialise_fastcgi();

// Serves one request on the connected socket, which this call owns. Requests that are no whole HTTP request
// get their error response without the handler. The handler must not throw. Returns true if the web server
// keeps the connection for another request; else it is closed.
[[nodiscard]] bool serve_request(int connection, const Handler& handler);

}  // namespace fcgi
