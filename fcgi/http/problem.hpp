// The bodies of the contract's error responses.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fcgi/http/response.hpp"

namespace http {

// {"detail": "..."}
[[nodiscard]] Response problem(int status, std::string_view detail);

// Messages per field, in the order of the response.
using FieldErrors = std::vector<std::pair<std::string, std::vector<std::string>>>;

// 400 {"<field>": ["...", ...], ...}
[[nodiscard]] Response bad_fields(const FieldErrors& errors);

// 400 {"non_field_errors": ["..."]}
[[nodiscard]] Response bad_request(std::string_view message);

[[nodiscard]] Response unauthorised();                                    // 401 with WWW-Authenticate
[[nodiscard]] Response forbidden();                                       // 403
[[nodiscard]] Response not_found();                                       // 404
[[nodiscard]] Response precondition_failed();                             // 412
[[nodiscard]] Response body_too_large();                                  // 413
[[nodiscard]] Response unsupported_media_type(std::string_view essence);  // 415
[[nodiscard]] Response throttled();                                       // 429 with Retry-After
[[nodiscard]] Response allowed_methods(std::string_view allow);           // 204 with Allow
// 405 with Allow
[[nodiscard]] Response method_not_allowed(std::string_view method, std::string_view allow);

// 500 with Retry-After. The log says why, and whether a write of the request is stored.
enum class Stored { kNo, kPerhaps };
[[nodiscard]] Response unexpected_error(std::string fault, Stored stored);

}  // namespace http
