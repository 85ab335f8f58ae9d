#include "common/security/api_key.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace security {

std::string spell_api_key(const KeyBits& bits) {
    // Three bytes make four characters; EVP_EncodeBlock adds a NUL.
    std::array<unsigned char, (KeyBits{}.size() + 2) / 3 * 4 + 1> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), bits.data(), static_cast<int>(bits.size()));
    std::string key = "thk_";
    key.append(encoded.begin(), encoded.begin() + length);
    key.erase(key.find('='));
    std::replace(key.begin(), key.end(), '+', '-');
    std::replace(key.begin(), key.end(), '/', '_');
    return key;
}

std::string draw_api_key() {
    KeyBits bits{};
    if (RAND_priv_bytes(bits.data(), static_cast<int>(bits.size())) != 1) {
        throw std::runtime_error("OpenSSL has no random bits to give");
    }
    return spell_api_key(bits);
}

}  // namespace security
