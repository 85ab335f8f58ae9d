// The answer to a body that can't be decoded.
#pragma once

#include "fcgi/http/body.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] inline http::Response bad_body(const http::BodyError& error) {
    return error.kind == http::BodyError::Kind::kUnsupportedMediaType
               ? http::unsupported_media_type(error.message)
               : http::bad_request(error.message);
}

}  // namespace handlers
