// Where the tests let the daemon die, as by kill -9: before and after each step of a delivery. Compiled in
// always, so that what is tested is what is shipped; does nothing unless the configuration names a point.
#pragma once

#include <string>
#include <string_view>

namespace delivery {

class CrashPoint {
  public:
    static constexpr std::string_view kBeforeClaim = "before-claim";
    static constexpr std::string_view kAfterClaim = "after-claim";
    static constexpr std::string_view kAfterSend = "after-send";
    static constexpr std::string_view kBeforeRecord = "before-record";
    static constexpr std::string_view kAfterRecord = "after-record";

    // Dies the `times`th time the point is passed; never if the name is empty.
    explicit CrashPoint(std::string name = {}, unsigned times = 1) : name_(std::move(name)), left_(times) {}

    void pass(std::string_view point);

  private:
    std::string name_;
    unsigned left_;
};

}  // namespace delivery
