// Reads the API key from a request's Authorization header (RFC 9110, 11.6.2).
//
//   Authorization = ( "JWT" / "Bearer" ) 1*SP key   ; the scheme in any case
//   key           = 1*VCHAR                          ; at most kMaxKeyCharacters
//
// The store decides whether the key is known and what it permits.
#pragma once

#include <cstddef>
#include <optional>

#include "common/model/records.hpp"
#include "fcgi/http/request.hpp"

namespace handlers {

inline constexpr std::size_t kMaxKeyCharacters = 512;

// Returns nullopt if the header is missing, repeated or malformed.
[[nodiscard]] std::optional<model::KeyDigest> read_credentials(const http::Request& request);

}  // namespace handlers
