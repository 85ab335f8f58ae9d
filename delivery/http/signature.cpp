#include "delivery/http/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>
#include <stdexcept>

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

std::string to_base64(const Digest& digest) {
    constexpr std::size_t kTextBytes = (kDigestBytes + 2) / 3 * 4;
    std::array<unsigned char, kTextBytes + 1> text{};  // EVP_EncodeBlock terminates it
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return {reinterpret_cast<const char*>(text.data()), kTextBytes};
}

}  // namespace

std::string sign(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                 std::string_view body) {
    std::string text(id);
    text.append(".").append(std::to_string(unix_seconds)).append(".").append(body);
    return "v1," + to_base64(hmac_sha256(secret, text));
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
