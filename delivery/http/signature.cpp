#include "delivery/http/signature.hpp"

#include "common/base/ascii.hpp"
#include "common/base/sha256.hpp"

namespace delivery {

std::string sign(std::string_view secret, std::string_view id, std::int64_t unix_seconds,
                 std::string_view body) {
    std::string text(id);
    text.append(".").append(std::to_string(unix_seconds)).append(".").append(body);
    return "v1," + base::to_base64(base::as_text(base::hmac_sha256(secret, text)));
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
