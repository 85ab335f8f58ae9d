// Computes the signatures of Standard Webhooks 1.0.0, version v1: HMAC-SHA256 (RFC 2104, FIPS 180-4) over
//
//   webhook-id "." webhook-timestamp "." body
//
// in standard base64 with padding (RFC 4648, section 4), written as "v1,<base64>". While a secret is being
// replaced the header has one signature for each secret, separated by spaces; the receiver accepts any that
// it can verify.
//
// secret: the key itself, which is what the text after "whsec_" decodes to. id: without a ".", like all our
// ids, because a receiver could not tell it from the timestamp otherwise. unix_seconds: the time of this
// attempt, not of the event.
//
// Throws std::runtime_error if OpenSSL fails, which only a lack of memory causes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace delivery {

[[nodiscard]] std::string sign(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                               std::string_view body);

// The value of webhook-signature. REQUIRES: at least one secret.
[[nodiscard]] std::string signature_header(std::span<const std::string> secrets, std::string_view id,
                                           std::int64_t unix_seconds, std::string_view body);

}  // namespace delivery
