// A 200 with one object, which a client may have already: it carries an ETag (RFC 9110, 8.8.3), the SHA-256
// of the body, and a request whose If-None-Match (13.1.2) holds that is answered with 304.
//
//   If-None-Match = "*" / #entity-tag
//   entity-tag    = [ "W/" ] DQUOTE *etagc DQUOTE   ; compared weakly: "W/" makes no difference
//
// What does not fit the grammar matches nothing from there on.
#pragma once

#include <string>
#include <string_view>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

[[nodiscard]] http::Response single_object(const http::Request& request, std::string json);

// entity_tag: with its quotes.
[[nodiscard]] bool matches_entity_tag(std::string_view if_none_match, std::string_view entity_tag);

}  // namespace handlers
