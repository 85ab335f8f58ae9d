// SHA-256 (FIPS 180-4) and HMAC-SHA256. API keys are stored as SHA-256 digests and looked up by them. A key
// holds 256 random bits, so it needs neither salt nor a slow hash, and the time of a lookup by digest reveals
// nothing about the key.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace base {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);

// RFC 2104. Throws std::runtime_error if OpenSSL fails.
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view text);

}  // namespace base
