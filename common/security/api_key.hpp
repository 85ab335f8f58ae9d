// API keys: "thk_" and 256 random bits as 43 characters of Base64 with the alphabet for URLs (RFC 4648,
// section 5), without padding.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace security {

using KeyBits = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string format_api_key(const KeyBits& bits);

// Generates a new key with OpenSSL's random source. Throws std::runtime_error if that fails.
[[nodiscard]] std::string generate_api_key();

}  // namespace security
