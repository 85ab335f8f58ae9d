// The answers to a body that can't be decoded, and to one whose fields break their rules.
#pragma once

#include "fcgi/http/body.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] http::Response bad_body(const http::BodyError& error);

// Where a required field is missing from what is called a form and looks like JSON, the answer says that as
// well: clients that name no type for a body call it a form, curl among them.
[[nodiscard]] http::Response bad_fields(const http::Request& request, http::FieldErrors errors);

}  // namespace handlers
