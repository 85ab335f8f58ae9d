#include "delivery/schedule/back_off.hpp"

#include <algorithm>

namespace delivery {
namespace {

constexpr double kJitter = 0.1;

std::chrono::seconds plain_delay(unsigned retry) {
    std::chrono::seconds delay = kFirstDelay;
    for (unsigned n = 1; n < retry && delay < kLongestDelay; ++n) delay *= 2;
    return std::min<std::chrono::seconds>(delay, kLongestDelay);
}

}  // namespace

std::chrono::milliseconds next_delay(unsigned retry, std::optional<std::chrono::seconds> retry_after,
                                     double random) {
    using Milliseconds = std::chrono::milliseconds;
    const double factor = 1 - kJitter + 2 * kJitter * random;
    const auto delay = std::chrono::duration_cast<Milliseconds>(plain_delay(retry) * factor);
    if (!retry_after) return delay;
    return std::max(delay, Milliseconds(std::min<std::chrono::seconds>(*retry_after, kLongestDelay)));
}

bool is_given_up(std::chrono::milliseconds since_first_try) {
    return since_first_try >= kGiveUpAfter;
}

}  // namespace delivery
