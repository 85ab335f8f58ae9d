// The addresses of names that libcurl remembers for a while.
//
// It tells by the wall clock how old they are. When that steps back they would be remembered for as much
// longer, however dead the address; so they are forgotten then. Not for two threads at once.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>

namespace delivery {

class NameCache {
  public:
    // Throws std::bad_alloc.
    NameCache() : share_(make()) {}

    // What a transfer that begins is to take for CURLOPT_SHARE, and to hold for as long as its handle. Throws
    // std::bad_alloc.
    [[nodiscard]] std::shared_ptr<CURLSH> current();

  private:
    [[nodiscard]] static std::shared_ptr<CURLSH> make();
    // Changes only when the wall clock is set.
    [[nodiscard]] static std::chrono::nanoseconds wall_clock_ahead();

    std::shared_ptr<CURLSH> share_;
    std::chrono::nanoseconds ahead_ = wall_clock_ahead();
};

}  // namespace delivery
