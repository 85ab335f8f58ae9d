// Encrypts the webhooks' secrets and headers for the database: AES-256-GCM (NIST SP 800-38D) with the key of
// the configuration, so that a copy of the database reveals neither. The webhook's id and the purpose are
// authenticated data, so a sealed secret can be moved neither to another webhook nor to another purpose.
//
//   sealed = version (1 byte, 1)  nonce (12 random bytes)  ciphertext (as long as the secret)  tag (16 bytes)
//
// The configuration holds the key as 64 hexadecimal digits, in secret_key or in the file that secret_key_file
// names.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/base/config.hpp"
#include "common/model/id.hpp"

namespace security {

// What is sealed for a webhook.
enum class Purpose { kSecret, kHeaders };

// The error for a sealed secret that was changed, belongs to another webhook or purpose, or was sealed with
// another key.
class SealBroken : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class SecretCipher {
  public:
    using Key = std::array<std::uint8_t, 32>;

    explicit SecretCipher(const Key& key) : key_(key) {}

    // Throws ConfigError if the key is missing or malformed.
    static SecretCipher from(base::Config& config);

    // Both throw std::runtime_error if OpenSSL fails. open() throws SealBroken.
    [[nodiscard]] std::string seal(model::Id webhook, std::string_view secret,
                                   Purpose purpose = Purpose::kSecret) const;
    [[nodiscard]] std::string open(model::Id webhook, std::string_view sealed,
                                   Purpose purpose = Purpose::kSecret) const;

    // A value of 32 bytes that identifies the key and reveals nothing about it: HMAC-SHA256 (RFC 2104) of a
    // constant. Throws std::runtime_error if OpenSSL fails.
    [[nodiscard]] std::string key_check() const;

  private:
    Key key_;
};

inline constexpr std::size_t kSecretBytes = 32;

// Generates a new secret of random bytes. Throws std::runtime_error if OpenSSL fails.
[[nodiscard]] std::string generate_secret();

// Formats a secret as clients see it (Standard Webhooks 1.0.0): "whsec_" and Base64 (RFC 4648, section 4,
// with padding).
[[nodiscard]] std::string format_secret(std::string_view secret);

}  // namespace security
