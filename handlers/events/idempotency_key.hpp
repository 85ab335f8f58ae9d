// The header Idempotency-Key, by which a client makes a request that it may safely send again.
//
//   Idempotency-Key = quoted / plain
//   quoted          = DQUOTE *( character / "\" ( DQUOTE / "\" ) ) DQUOTE   ; as a String of RFC 8941, 3.3.3
//   plain           = 1*character                                          ; does not begin with DQUOTE
//
// A quoted key is the same as its content: 1 to 255 characters, Unicode code points in UTF-8. A key need not
// be unique beyond the place that it is used at; it should be long enough, and random, never to be met by
// chance.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/sha256.hpp"
#include "fcgi/http/request.hpp"
#include "handlers/events/event_fields.hpp"

namespace handlers {

inline constexpr std::size_t kMaxIdempotencyKeyCharacters = 255;

// The digest of the key; nothing if there is no such header. An error is the message of a 400.
[[nodiscard]] base::Result<std::optional<base::Digest>, std::string> read_idempotency_key(
    const http::Request& request);

// Two requests are the same if they ask for the same event, in whichever encoding and spelling; the order of
// an object's members is none of what they ask for.
[[nodiscard]] base::Digest digest_of(const PublishedEvent& event);

}  // namespace handlers
