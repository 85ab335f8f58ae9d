// Retry-After (RFC 9110, section 10.2.3): how long a receiver asks to be left alone.
//
//   Retry-After   = HTTP-date / delay-seconds
//   delay-seconds = 1*DIGIT
//   HTTP-date     = IMF-fixdate / rfc850-date / asctime-date     ; RFC 9110, section 5.6.7, all
//   case-sensitive
//
// White space around the value is no part of it. A date must exist and name a day of the week, not
// necessarily its own: senders that get it wrong still mean the date. A second of 60 counts as the one
// after 59. The two-digit year of an rfc850-date is the one that is at most 50 years ahead. A date that is
// past asks for nothing: 0 seconds. A number too large for us is kMaxRetryAfter.
//
// No errors: a value that is none of these is ignored, as the RFC has it for fields that can't be understood.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace delivery {

inline constexpr std::chrono::seconds kMaxRetryAfter{1'000'000'000};

// now: when the receiver answered, by its own clock if it says so, which may differ from ours.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    std::chrono::sys_seconds now);

// An HTTP-date; now: for the century of one with two digits.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value,
                                                                      std::chrono::sys_seconds now);

}  // namespace delivery
