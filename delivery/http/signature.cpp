#include "delivery/http/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>
#include <stdexcept>

#include "common/base/ascii.hpp"

namespace delivery {
namespace {

constexpr std::size_t kDigestBytes = 32;
using Digest = std::array<unsigned char, kDigestBytes>;

Digest hmac_sha256(std::string_view key, std::string_view text) {
    Digest digest{};
    unsigned int size = digest.size();
    if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
             &size) == nullptr ||
        size != digest.size()) {
        throw std::runtime_error("OpenSSL made no HMAC-SHA256");
    }
    return digest;
}

}  // namespace

std::string sign(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                 std::string_view body) {
    std::string text(id);
    text.append(".").append(std::to_string(unix_seconds)).append(".").append(body);
    return "v1," + base::to_base64(base::as_text(hmac_sha256(secret, text)));
}

std::string signature_header(std::span<const std::string> secrets, std::string_view id,
                             std::int64_t unix_seconds, std::string_view body) {
    std::string header;
    for (const std::string& secret : secrets) {
        if (!header.empty()) header += ' ';
        header += sign(secret, id, unix_seconds, body);
    }
    return header;
}

}  // namespace delivery
