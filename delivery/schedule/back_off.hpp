// The contract's schedule of retries.
//
// Retry n comes min(4 hours, 30 seconds * 2^(n-1)) after the last try, give or take a tenth. The jitter keeps
// deliveries that failed together from coming back together. If the receiver asked for a longer delay
// (Retry-After), that delay holds, up to 4 hours. A delivery is given up 48 hours after its first try.
//
// Pure: the caller provides the time and the random number.
#pragma once

#include <chrono>
#include <optional>

namespace delivery {

inline constexpr std::chrono::seconds kFirstDelay{30};
inline constexpr std::chrono::hours kLongestDelay{4};
inline constexpr std::chrono::hours kGiveUpAfter{48};

// retry: 1 for the first. random: uniform in [0, 1). REQUIRES: retry is at least 1.
[[nodiscard]] std::chrono::milliseconds next_delay(unsigned retry,
                                                   std::optional<std::chrono::seconds> retry_after,
                                                   double random);

// since_first_try: from the first try to the end of the latest one.
[[nodiscard]] bool is_given_up(std::chrono::milliseconds since_first_try);

}  // namespace delivery
