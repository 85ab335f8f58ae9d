// Responses with a single object. tagged_object is a 200 with the object's entity tag (entity_tag.hpp), by default that
// of its JSON.
#pragma once

#include <string>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] http::Response tagged_object(std::string json);
[[nodiscard]] http::Response tagged_object(std::string json, std::string entity_tag);

// The response to a GET: a 304 if If-None-Match shows that the client already has the object, else
// tagged_object.
[[nodiscard]] http::Response single_object(const http::Request& request, std::string json);
[[nodiscard]] http::Response single_object(const http::Request& request, std::string json,
                                           std::string entity_tag);

}  // namespace handlers
