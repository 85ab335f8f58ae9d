// One request and its response on a connection from the web server (FastCGI 1.0, role Responder). Only
// exchange.cpp uses libfcgi.
//
// The request is copied, because libfcgi frees its memory with the request. The body is complete: it has
// exactly CONTENT_LENGTH bytes, at most http::kMaxBodyBytes, and its stream had no error.
#pragma once

#include <functional>
#include <string>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace fcgi {

using Handler = std::function<http::Response(const http::Request&)>;

// Call it once, before the first request and before other threads start. Throws std::runtime_error.
void initialise_fastcgi();

// Serves one request on the connected socket, which this call owns. An incomplete request gets its error
// response without the handler. The handler must not throw. Returns true if the web server keeps the
// connection for another request; otherwise the connection is closed.
[[nodiscard]] bool serve_request(int connection, const Handler& handler);

}  // namespace fcgi
