// Kills the daemon at a point that a test has chosen, like kill -9. The points are before and after the steps
// of a delivery.
//
// Only builds with TARGETHOOKS_FAILPOINTS have them. In all others the keys are unknown, and pass() is empty.
#pragma once

#include <string>
#include <string_view>

#include "common/base/config.hpp"

namespace delivery {

class Failpoint {
  public:
    static constexpr std::string_view kBeforeClaim = "before-claim";
    static constexpr std::string_view kAfterClaim = "after-claim";
    static constexpr std::string_view kAfterSend = "after-send";
    static constexpr std::string_view kBeforeRecord = "before-record";
    static constexpr std::string_view kAfterRecord = "after-record";

#ifdef TARGETHOOKS_FAILPOINTS
    // deliver_failpoint: the point at which to die. deliver_failpoint_hit: which pass of it kills, 1 for the
    // first. Throws base::ConfigError.
    static Failpoint from(base::Config& config);

    void pass(std::string_view point);

  private:
    std::string name_;
    unsigned hits_left_ = 0;
#else
    static Failpoint from(base::Config&) {
        return {};
    }
    void pass(std::string_view) const {}
#endif
};

}  // namespace delivery
