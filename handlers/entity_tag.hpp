// Entity tags (RFC 9110, 8.8.3) and the conditions that requests make by them (13.1).
//
//   If-Match      = "*" / #entity-tag               ; compared strongly: a weak tag is never the same
//   If-None-Match = "*" / #entity-tag               ; compared weakly: "W/" makes no difference
//   entity-tag    = [ "W/" ] DQUOTE *etagc DQUOTE
//
// What does not fit the grammar matches nothing from there on. A header that is sent twice is one list.
#pragma once

#include <string>
#include <string_view>

#include "fcgi/http/request.hpp"

namespace handlers {

// The tag of an object, with its quotes: a strong one, made of the SHA-256 of its JSON.
[[nodiscard]] std::string entity_tag_of(std::string_view json);

enum class Comparison { kStrong, kWeak };

// entity_tag: a strong one, with its quotes.
[[nodiscard]] bool matches_entity_tag(std::string_view list, std::string_view entity_tag,
                                      Comparison comparison);

// Whether the client has the object with this tag already: a GET is answered with 304.
[[nodiscard]] bool if_none_match_names(const http::Request& request, std::string_view entity_tag);

// Whether a request may change an object that is there and looks like this, by both headers and in the order
// of RFC 9110, 13.2.2; otherwise it is answered with 412. Conditions on times are ignored: no object has a
// Last-Modified.
[[nodiscard]] bool may_change(const http::Request& request, std::string_view json);

}  // namespace handlers
