// Which of the workers that are alive is responsible for which receivers.
//
// Each host of receivers belongs to one worker, by rendezvous hashing: the worker whose mark, hashed together
// with the host, is the greatest. All workers come to the same answer without talking to each other, and when
// one comes or goes, only its own hosts change hands. So the limits and the single probe of a host hold with
// any number of workers; one host is never more than one worker can carry, for that is what its limit says.
// While workers disagree for a moment, leases keep them off each other's deliveries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace delivery {

class HostPartition {
  public:
    explicit HostPartition(std::uint64_t own) : own_(own), workers_{own} {}

    // The marks of those who are alive; our own is among them anyway. Whether that changes anything.
    bool update(std::vector<std::uint64_t> workers);

    [[nodiscard]] bool owns(std::string_view origin) const;
    [[nodiscard]] std::size_t size() const { return workers_.size(); }

  private:
    std::uint64_t own_;
    std::vector<std::uint64_t> workers_;  // sorted
};

}  // namespace delivery
