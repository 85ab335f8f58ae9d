// Parses Retry-After (RFC 9110, section 10.2.3): how long the receiver asks the sender to wait.
//
//   Retry-After   = HTTP-date / delay-seconds
//   delay-seconds = 1*DIGIT
//   HTTP-date     = IMF-fixdate / rfc850-date / asctime-date     ; RFC 9110, section 5.6.7
//
// White space around the value is ignored. libcurl parses the dates. It accepts more forms than these three,
// because a receiver that writes a date in another way still means that date. A date in the past gives 0
// seconds. A number above kMaxRetryAfter gives kMaxRetryAfter.
//
// Returns nullopt for a malformed value, because the RFC demands that it is ignored.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace delivery {

inline constexpr std::chrono::seconds kMaxRetryAfter{1'000'000'000};

// now: the time of the answer, by the receiver's clock (Date) if it sent it, because the clocks may differ.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    std::chrono::sys_seconds now);

[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value);

}  // namespace delivery
