// Who asks: the API key that a request carries in its Authorization header (RFC 9110, 11.6.2).
//
//   Authorization = ( "JWT" / "Bearer" ) 1*SP key   ; the scheme in any case
//   key           = 1*VCHAR                          ; at most kMaxKeyCharacters
//
// Whether the key is known, and what it may do, is for the store to say.
#pragma once

#include <cstddef>
#include <optional>

#include "common/model/records.hpp"
#include "fcgi/http/request.hpp"

namespace handlers {

inline constexpr std::size_t kMaxKeyCharacters = 512;

// Nothing if there is no such header, more than one, or one that the grammar does not allow.
[[nodiscard]] std::optional<model::KeyDigest> read_credentials(const http::Request& request);

}  // namespace handlers
