// Retry-After (RFC 9110, section 10.2.3): how long a receiver asks to be left alone.
//
//   Retry-After   = HTTP-date / delay-seconds
//   delay-seconds = 1*DIGIT
//   HTTP-date     = IMF-fixdate / rfc850-date / asctime-date     ; RFC 9110, section 5.6.7
//
// White space around the value is not part of it. libcurl reads the dates, and more forms than these three: a
// receiver that writes a date in another way still means that date. A date that is past asks for nothing: 0
// seconds. A number that is too large is kMaxRetryAfter.
//
// No errors: a value that can't be understood is ignored, as the RFC demands.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace delivery {

inline constexpr std::chrono::seconds kMaxRetryAfter{1'000'000'000};

// now: when the receiver answered, by its own clock if it says so, which may differ from ours.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    std::chrono::sys_seconds now);

[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value);

}  // namespace delivery
