// Reads the header Idempotency-Key, with which a client can safely repeat a request.
//
//   Idempotency-Key = quoted / plain
//   quoted          = DQUOTE *( character / "\" ( DQUOTE / "\" ) ) DQUOTE   ; as a String of RFC 8941, 3.3.3
//   plain           = 1*character                                          ; does not begin with DQUOTE
//
// A quoted key equals the plain key with its content. A key has 1 to 255 characters: Unicode code points in
// UTF-8. It must be unique within its account, whatever it is used for. It should be random and long enough that no
// two keys are equal by chance.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/sha256.hpp"
#include "fcgi/http/request.hpp"
#include "sql/webhooks/access.hpp"

namespace handlers {

inline constexpr std::size_t kMaxIdempotencyKeyCharacters = 255;
inline constexpr const char* kOtherRequest = "The Idempotency-Key was used for another request.";

// Returns the digest of the key, nullopt without the header, or the message of a 400.
[[nodiscard]] base::Result<std::optional<base::Digest>, std::string> read_idempotency_key(
    const http::Request& request);

// Identifies a request for idempotency: two requests have the same digest if they are for the same operation in the
// same scope, with the same values. values: of all fields, after validation, so that it does not matter how they were
// encoded.
[[nodiscard]] base::Digest request_digest(std::string_view operation, const db::Scope& scope,
                                          std::span<const std::string> values);

}  // namespace handlers
