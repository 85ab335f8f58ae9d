// The addresses of this host's own interfaces, public ones included. Requests to them bypass the firewall and
// reach services that are meant for this host alone. Interfaces change, so the list is read again
// (getifaddrs) when it is a second old. If reading fails, the previous list stays in use; without one, every
// address counts as the host's own. The list lacks addresses that only a router translates to this host.
//
// Thread-safe.
#pragma once

#include <netinet/in.h>

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace security {

class OwnAddresses {
  public:
    using Address = std::array<unsigned char, 16>;  // IPv6 as it is, IPv4 mapped to it (RFC 4291, 2.5.5.2)

    [[nodiscard]] static Address to_address(const in_addr& address);
    [[nodiscard]] static Address to_address(const in6_addr& address);

    // Throws std::system_error.
    [[nodiscard]] static std::vector<Address> read_interfaces();

    explicit OwnAddresses(std::function<std::vector<Address>()> read = read_interfaces,
                          std::chrono::milliseconds believed_for = std::chrono::seconds(1));

    [[nodiscard]] bool contain(const in_addr& address) { return contain(to_address(address)); }
    [[nodiscard]] bool contain(const in6_addr& address) { return contain(to_address(address)); }

  private:
    [[nodiscard]] bool contain(const Address& address);

    const std::function<std::vector<Address>()> read_;
    const std::chrono::milliseconds believed_for_;
    std::mutex mutex_;
    std::optional<std::vector<Address>> addresses_;  // sorted; this and the time are guarded by the mutex
    std::chrono::steady_clock::time_point read_at_;
};

}  // namespace security
