#include "handlers/credentials.hpp"

#include <algorithm>
#include <string_view>

#include "common/base/ascii.hpp"
#include "common/base/sha256.hpp"

namespace handlers {
namespace {

constexpr std::string_view kHeader = "AUTHORIZATION";

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= kMaxKeyCharacters &&
           std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace

std::optional<model::KeyDigest> read_credentials(const http::Request& request) {
    if (request.header_count(kHeader) != 1) return std::nullopt;
    const std::string_view header = *request.header(kHeader);
    const std::size_t scheme_end = header.find(' ');
    if (scheme_end == header.npos) return std::nullopt;
    const std::string_view scheme = header.substr(0, scheme_end);
    if (!base::equals_ignoring_case(scheme, "JWT") && !base::equals_ignoring_case(scheme, "Bearer")) {
        return std::nullopt;
    }
    const std::size_t key_start = std::min(header.find_first_not_of(' ', scheme_end), header.size());
    const std::string_view key = header.substr(key_start);
    if (!is_key(key)) return std::nullopt;
    return base::sha256(key);
}

}  // namespace handlers
