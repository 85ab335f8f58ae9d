// The addresses of this host's own interfaces, whatever they are: what is sent there never meets the
// firewall, and reaches services that are meant for this host alone. Interfaces come and go, so they are read
// anew (getifaddrs) once they are a second old. Where they can't be read, what was read before counts, or
// else every address for one of them. An address that only a router translates to one of this host's is not
// among them.
//
// May be used by several threads.
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
