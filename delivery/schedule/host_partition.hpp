// The partition of receivers' hosts among the workers that are alive.
//
// Each host belongs to one worker, by rendezvous hashing: to the worker whose token, hashed together with the
// host, gives the greatest value. All workers find the same owner without talking to each other. When a
// worker comes or goes, only its own hosts change owners. So a host's window and its single probe hold with
// any number of workers. One worker suffices for a host, because the host's limit bounds its load.
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

    // workers: the tokens of the workers that are alive; our own is added. Returns whether the partition has
    // changed.
    bool update(std::vector<std::uint64_t> workers);

    [[nodiscard]] bool owns(std::string_view origin) const;
    [[nodiscard]] std::size_t size() const { return workers_.size(); }

  private:
    std::uint64_t own_;
    std::vector<std::uint64_t> workers_;  // sorted
};

}  // namespace delivery
