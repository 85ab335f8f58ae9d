// When a delivery that did not succeed is tried again: the contract's schedule.
//
// Retry n comes min(4 hours, 30 seconds * 2^(n-1)) after the last try, give or take a tenth so that
// deliveries which failed together don't come back together, or later where the receiver asked for it
// (Retry-After), at most 4 hours. Once 48 hours have passed since the first try there is no retry.
//
// Pure: the caller has the clock and the dice.
#pragma once

#include <chrono>
#include <optional>

namespace delivery {

inline constexpr std::chrono::seconds kFirstDelay{30};
inline constexpr std::chrono::hours kLongestDelay{4};
inline constexpr std::chrono::hours kGiveUpAfter{48};

// retry: 1 for the first. random: evenly distributed in [0, 1). REQUIRES: retry is at least 1.
[[nodiscard]] std::chrono::milliseconds next_delay(unsigned retry,
                                                   std::optional<std::chrono::seconds> retry_after,
                                                   double random);

// since_first_try: up to now, when the latest try has ended.
[[nodiscard]] bool is_given_up(std::chrono::milliseconds since_first_try);

}  // namespace delivery
