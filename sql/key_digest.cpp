#include "sql/key_digest.hpp"

#include <openssl/sha.h>

namespace db {

KeyDigest digest_key(std::string_view key) {
    KeyDigest digest{};
    static_assert(digest.size() == SHA256_DIGEST_LENGTH);
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    return digest;
}

}  // namespace db
