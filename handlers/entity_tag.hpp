// Entity tags (RFC 9110, 8.8.3) and the conditional requests that use them (13.1).
//
//   If-Match      = "*" / #entity-tag               ; compared strongly: a weak tag never matches
//   If-None-Match = "*" / #entity-tag               ; compared weakly: "W/" makes no difference
//   entity-tag    = [ "W/" ] DQUOTE *etagc DQUOTE
//
// After the first syntax error nothing in the header matches. A repeated header counts as one list.
//
// The tag of an object that the service itself changes as well, such as a webhook that begins to fail, has two parts:
//
//   DQUOTE state [ "-" notes ] DQUOTE
//
// It is strong: each part changes with what it stands for. If-None-Match compares whole tags. If-Match compares the
// state alone, because a user's change must not fail for what the service has noted meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "fcgi/http/request.hpp"

namespace handlers {

// The strong entity tag of an object, with its quotes, from the SHA-256 of its JSON. notes: what the JSON leaves out of
// the service's own changes; empty: nothing.
[[nodiscard]] std::string entity_tag_of(std::string_view json, std::string_view notes = "");

enum class Comparison { kStrong, kWeak };

// REQUIRES: entity_tag is a strong tag with its quotes.
[[nodiscard]] bool matches_entity_tag(std::string_view list, std::string_view entity_tag,
                                      Comparison comparison);

// Whether the client already has the object with this tag, so that a GET is answered with 304.
[[nodiscard]] bool if_none_match_names(const http::Request& request, std::string_view entity_tag);

// Whether both headers, in the order of RFC 9110, 13.2.2, permit the request to change an existing object
// with this tag. If not, the response is a 412. Conditions on times are ignored, because no object has a
// Last-Modified.
[[nodiscard]] bool may_change(const http::Request& request, std::string_view entity_tag);

}  // namespace handlers
