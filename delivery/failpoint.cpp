#include "delivery/failpoint.hpp"

#ifdef TARGETHOOKS_FAILPOINTS

#include <csignal>

namespace delivery {

Failpoint Failpoint::from(base::Config& config) {
    constexpr std::uint64_t kMostHits = 1'000'000;
    Failpoint failpoint;
    failpoint.name_ = config.choice(
        "deliver_failpoint", {"", kBeforeClaim, kAfterClaim, kAfterSend, kBeforeRecord, kAfterRecord}, "");
    failpoint.hits_left_ = static_cast<unsigned>(config.number("deliver_failpoint_hit", 1, kMostHits, 1));
    return failpoint;
}

void Failpoint::pass(std::string_view point) {
    if (point != name_ || --hits_left_ != 0) return;
    std::raise(SIGKILL);
}

}  // namespace delivery

#endif
