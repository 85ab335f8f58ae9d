#include "common/base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <limits>
#include <stdexcept>

namespace base {

Digest sha256(std::string_view bytes) {
    Digest digest{};
    static_assert(digest.size() == SHA256_DIGEST_LENGTH);
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
    Digest digest{};
    unsigned int size = digest.size();
    if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
             &size) == nullptr ||
        size != digest.size()) {
        throw std::runtime_error("OpenSSL failed to compute HMAC-SHA256");
    }
    return digest;
}

}  // namespace base
