// Entity tags (RFC 9110, 8.8.3) and the conditional requests that use them (13.1).
//
//   If-Match      = "*" / #entity-tag               ; compared strongly: a weak tag never matches
//   If-None-Match = "*" / #entity-tag               ; compared weakly: "W/" makes no difference
//   entity-tag    = [ "W/" ] DQUOTE *etagc DQUOTE
//
// After the first syntax error nothing in the header matches. A repeated header counts as one list.
#pragma once

#include <string>
#include <string_view>

#include "fcgi/http/request.hpp"

namespace handlers {

// The strong entity tag of an object, with its quotes, from the SHA-256 of its JSON.
[[nodiscard]] std::string entity_tag_of(std::string_view json);

enum class Comparison { kStrong, kWeak };

// REQUIRES: entity_tag is a strong tag with its quotes.
[[nodiscard]] bool matches_entity_tag(std::string_view list, std::string_view entity_tag,
                                      Comparison comparison);

// Whether the client already has the object with this tag, so that a GET is answered with 304.
[[nodiscard]] bool if_none_match_names(const http::Request& request, std::string_view entity_tag);

// Whether both headers, in the order of RFC 9110, 13.2.2, permit the request to change an existing object
// with this JSON. If not, the response is a 412. Conditions on times are ignored, because no object has a
// Last-Modified.
[[nodiscard]] bool may_change(const http::Request& request, std::string_view json);

}  // namespace handlers
