// The header Idempotency-Key, by which a client makes a request that it may safely send again.
//
//   Idempotency-Key = 1*255 characters   ; Unicode code points in UTF-8, without the white space around them
//
// The key is taken as it is sent, quotation marks included. It need not be unique beyond the place that it is
// used at; it should be long enough, and random, never to be met by chance.
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

// Two requests are the same if they ask for the same event, in whichever encoding.
[[nodiscard]] db::Digest digest_of(const PublishedEvent& event);

}  // namespace handlers
