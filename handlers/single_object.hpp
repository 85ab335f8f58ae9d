// A 200 with one object, which carries its entity tag (entity_tag.hpp).
#pragma once

#include <string>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] http::Response tagged_object(std::string json);

// The answer to a GET: 304 where its If-None-Match says that the client has the object already.
[[nodiscard]] http::Response single_object(const http::Request& request, std::string json);

}  // namespace handlers
