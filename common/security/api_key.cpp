#include "common/security/api_key.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "common/base/ascii.hpp"

namespace security {

std::string format_api_key(const KeyBits& bits) {
    std::string key = "thk_" + base::to_base64(base::as_text(bits));
    key.erase(key.find('='));
    std::replace(key.begin(), key.end(), '+', '-');
    std::replace(key.begin(), key.end(), '/', '_');
    return key;
}

std::string generate_api_key() {
    KeyBits bits{};
    if (RAND_priv_bytes(bits.data(), static_cast<int>(bits.size())) != 1) {
        throw std::runtime_error("OpenSSL failed to generate random bits");
    }
    return format_api_key(bits);
}

}  // namespace security
