// Times as text: our spelling, "2026-01-31T16:32:17.238553Z", and those that others may use.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/records.hpp"

namespace model {

// In our spelling.
[[nodiscard]] Time format_time(std::chrono::system_clock::time_point time);

// A time as RFC 3339 (5.6) has it, to our spelling, in UTC:
//
//   date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT [ "." 1*DIGIT ] offset
//   offset    = "Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT        ; "T" and "Z" in either case
//
// Digits behind the microseconds are cut off. The day must be in the calendar, the time on the clock, so
// there are no leap seconds, which the database could not store; the year is 1970 to 9999, in UTC as well.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text);

// The same of any year from 0000 on: what comes before 1970 is the beginning of that year, what comes after
// 9999 its end.
[[nodiscard]] std::optional<Time> parse_bound(std::string_view text);

// Microseconds since 1970. REQUIRES: a time in our spelling, of 1970 or later.
[[nodiscard]] std::uint64_t to_microseconds(const Time& time);
// Nothing if that is after 9999.
[[nodiscard]] std::optional<Time> from_microseconds(std::uint64_t microseconds);

}  // namespace model
