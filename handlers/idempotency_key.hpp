// The header Idempotency-Key, by which a client makes a request that it may safely send again.
//
//   Idempotency-Key = quoted / plain
//   quoted          = DQUOTE *( character / "\" ( DQUOTE / "\" ) ) DQUOTE   ; as a String of RFC 8941, 3.3.3,
//   is plain           = 1*character                                          ; does not begin with DQUOTE
//
// A quoted key is the same as its content: 1 to 255 characters, Unicode code points in UTF-8. A key need not
// be unique beyond the place that it is used at; it should be long enough, and random, never to be met by
// chance.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "fcgi/http/request.hpp"
#include "fcgi/http/result.hpp"
#include "handlers/event_fields.hpp"
#include "sql/sha256.hpp"

namespace handlers {

inline constexpr std::size_t kMaxIdempotencyKeyCharacters = 255;

// The digest of the key; nothing if there is no such header. An error is the message of a 400.
[[nodiscard]] http::Result<std::optional<db::Digest>, std::string> read_idempotency_key(
    const http::Request& request);

// Two requests are the same if they ask for the same event, in whichever encoding and spelling; the order of
// an object's members is none of what they ask for.
[[nodiscard]] db::Digest digest_of(const PublishedEvent& event);

}  // namespace handlers
