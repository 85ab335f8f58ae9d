// The responses to a body that can't be decoded, and to a body with invalid fields.
#pragma once

#include "fcgi/http/body.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] http::Response bad_body(const http::BodyError& error);

// If a required field is missing from a form that looks like JSON, the response says so: some clients, such
// as curl, label every body as a form by default.
[[nodiscard]] http::Response bad_fields(const http::Request& request, http::FieldErrors errors);

}  // namespace handlers
