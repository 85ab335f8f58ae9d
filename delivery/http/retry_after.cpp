#include "delivery/http/retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <string>

#include "common/base/ascii.hpp"

namespace delivery {
namespace {

std::optional<std::chrono::seconds> parse_delay(std::string_view value) {
    if (value.empty() || !std::ranges::all_of(value, base::is_digit)) return std::nullopt;
    std::chrono::seconds delay{0};
    for (const char c : value) delay = std::min(delay * 10 + std::chrono::seconds(c - '0'), kMaxRetryAfter);
    return delay;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value) {
    const time_t time = curl_getdate(std::string(value).c_str(), nullptr);
    if (time == -1) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(time));
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    if (const auto delay = parse_delay(base::trim(value, base::kWhiteSpace))) return delay;
    const auto time = parse_http_date(value);
    if (!time) return std::nullopt;
    return std::clamp(*time - now, std::chrono::seconds(0), kMaxRetryAfter);
}

}  // namespace delivery
