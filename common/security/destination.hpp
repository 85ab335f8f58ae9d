// The rule for destinations of deliveries, against server-side request forgery. Clients register the URLs, so
// a delivery must never reach this host, its networks, or an address that is not global unicast.
//
// IPv4: every address is allowed except the non-public ranges of the IANA IPv4 Special-Purpose Address
// Registry (RFC 6890), multicast and reserved ranges. IPv6: only global unicast is allowed, 2000::/3 (RFC
// 4291, 2.4), without its special ranges. This excludes every form that contains an IPv4 address: mapped
// (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), 6to4 and Teredo. Addresses of
// this host are refused in both families (own_addresses.hpp).
//
// A name is refused here only where the result is certain. The caller must check the addresses that it
// resolves to when it connects. Registration and delivery use the same rule and must come to the same result,
// except for the addresses of their hosts. Thread-safe; copies share the list of the host's addresses.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/security/allow_list.hpp"
#include "common/security/own_addresses.hpp"

namespace security {

// The rule without an operator's exceptions.

[[nodiscard]] bool is_forbidden_address(const in_addr& address);
[[nodiscard]] bool is_forbidden_address(const in6_addr& address);

// True for localhost and every name below it (RFC 6761, 6.3), in any case, with or without a dot at the end.
[[nodiscard]] bool is_forbidden_name(std::string_view host);

// The rule with an installation's exceptions: non-public networks that are allowed, and the only ports that
// are allowed. An entry of the allow-list that names ports overrides the list of ports. For an entry without
// ports, the list of ports decides.
class Destinations {
  public:
    Destinations() : Destinations({}, {}) {}  // no exceptions: public addresses, every port
    Destinations(AllowList allowed, PortList ports,
                 std::shared_ptr<OwnAddresses> own = std::make_shared<OwnAddresses>());

    // kByAllowList: only an entry of the allow-list lets deliveries go there.
    enum class Access { kRefused, kOpen, kByAllowList };
    [[nodiscard]] Access access_to(const in_addr& address, std::uint16_t port) const;
    [[nodiscard]] Access access_to(const in6_addr& address, std::uint16_t port) const;

    [[nodiscard]] bool allows(const in_addr& address, std::uint16_t port) const;
    [[nodiscard]] bool allows(const in6_addr& address, std::uint16_t port) const;

    // False only if no address that the name could resolve to is allowed at this port. A forbidden name is
    // allowed if 127.0.0.1 or ::1 is allowed.
    [[nodiscard]] bool allows(std::string_view name, std::uint16_t port) const;

  private:
    template <class Address>
    [[nodiscard]] Access access_to_address(const Address& address, std::uint16_t port) const;

    AllowList allowed_;
    PortList ports_;
    std::shared_ptr<OwnAddresses> own_;
};

}  // namespace security
