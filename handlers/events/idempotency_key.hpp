// Reads the header Idempotency-Key, with which a client can safely repeat a request.
//
//   Idempotency-Key = quoted / plain
//   quoted          = DQUOTE *( character / "\" ( DQUOTE / "\" ) ) DQUOTE   ; as a String of RFC 8941, 3.3.3
//   plain           = 1*character                                          ; does not begin with DQUOTE
//
// A quoted key equals the plain key with its content. A key has 1 to 255 characters: Unicode code points in
// UTF-8. It must be unique only within the target that it is used for. It should be random and long enough
// that no two keys are equal by chance.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/sha256.hpp"
#include "fcgi/http/request.hpp"
#include "sql/group_commit/group_commit.hpp"

namespace handlers {

inline constexpr std::size_t kMaxIdempotencyKeyCharacters = 255;

// Returns the digest of the key, nullopt without the header, or the message of a 400.
[[nodiscard]] base::Result<std::optional<base::Digest>, std::string> read_idempotency_key(
    const http::Request& request);

// Identifies the request for idempotency: two requests for the same event have the same digest, whatever
// their encoding and the order of members in JSON objects.
[[nodiscard]] base::Digest digest_of(const db::PublishedEvent& event);

}  // namespace handlers
