// Times as text: our own format, "2026-01-31T16:32:17.238553Z", and the formats that clients may send.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/records.hpp"

namespace model {

// Formats a time in our own format.
[[nodiscard]] Time format_time(std::chrono::system_clock::time_point time);

// Converts a time of RFC 3339 (section 5.6) to our own format, in UTC:
//
//   date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT [ "." 1*DIGIT ] offset
//   offset    = "Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT        ; "T" and "Z" in either case
//
// Digits after the microseconds are cut off. The day must exist in the calendar and the time on the clock.
// Leap seconds are refused, because the database can't store them. The year must be 1970 to 9999, in UTC as
// well.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text);

// Like parse_time, for the bounds of a range, from the year 0000 on. A time before 1970 becomes the beginning
// of 1970, and a time after 9999 becomes the end of 9999.
[[nodiscard]] std::optional<Time> parse_bound(std::string_view text);

// Microseconds since 1970. REQUIRES: time is in our own format, of 1970 or later.
[[nodiscard]] std::uint64_t to_microseconds(const Time& time);
// Returns nullopt if the time is after 9999.
[[nodiscard]] std::optional<Time> from_microseconds(std::uint64_t microseconds);

}  // namespace model
