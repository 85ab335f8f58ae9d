// Makes a daemon under test faster than the contract's schedule: the delays between tries and the retention
// are divided by the time scale.
//
// Only builds with TARGETHOOKS_FAILPOINTS have it. In all others the key is unknown, and times are not
// changed.
#pragma once

#include "common/base/config.hpp"

namespace delivery {

class TimeScale {
  public:
#ifdef TARGETHOOKS_FAILPOINTS
    // deliver_time_scale. Throws base::ConfigError.
    static TimeScale from(base::Config& config) {
        constexpr std::uint64_t kMost = 86'400;
        TimeScale scale;
        scale.divisor_ = config.number("deliver_time_scale", 1, kMost, 1);
        return scale;
    }

    template <class Duration>
    [[nodiscard]] Duration operator()(Duration time) const {
        return time / static_cast<typename Duration::rep>(divisor_);
    }

  private:
    std::uint64_t divisor_ = 1;
#else
    static TimeScale from(base::Config&) {
        return {};
    }

    template <class Duration>
    [[nodiscard]] Duration operator()(Duration time) const {
        return time;
    }
#endif
};

}  // namespace delivery
