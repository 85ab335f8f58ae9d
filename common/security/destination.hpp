// Where deliveries may go. Webhooks are registered by neighbours, so a request to one must never reach this
// host, its networks, or a range that is not global unicast.
//
// IPv4: all but the ranges that the IANA IPv4 Special-Purpose Address Registry (RFC 6890) keeps from the
// public, multicast, and what is reserved. IPv6: nothing but global unicast, 2000::/3 (RFC 4291, 2.4), less
// its own special ranges; of both, no address of this host (own_addresses.hpp). That leaves out every form
// that carries an IPv4 address inside: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96,
// 64:ff9b:1::/48), 6to4 and Teredo.
//
// A name tells little about where it leads: it is validated here only where the answer is certain. The addresses
// it resolves to are to be validated when the connection is made. Self-contained, so that whoever connects and
// whoever registers can use it: they must come to the same result, but for the addresses of their hosts. May
// be used by several threads, and copied: copies share what they know of the host.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/security/allow_list.hpp"
#include "common/security/own_addresses.hpp"

namespace security {

// The rule as it stands, before an operator's exceptions.

[[nodiscard]] bool is_forbidden_address(const in_addr& address);
[[nodiscard]] bool is_forbidden_address(const in6_addr& address);

// localhost and every name below it (RFC 6761, 6.3), in any case, with or without a dot at the end.
[[nodiscard]] bool is_forbidden_name(std::string_view host);

// The rule with an installation's exceptions: networks that are allowed though they are not public, and the
// only ports that are. An entry of the allow-list that names ports speaks for itself, whatever the list of
// ports says; one that names none leaves the port to that list.
class Destinations {
  public:
    Destinations() : Destinations({}, {}) {}  // no exceptions: public addresses, every port
    Destinations(AllowList allowed, PortList ports,
                 std::shared_ptr<OwnAddresses> own = std::make_shared<OwnAddresses>());

    [[nodiscard]] bool allows(const in_addr& address, std::uint16_t port) const;
    [[nodiscard]] bool allows(const in6_addr& address, std::uint16_t port) const;

    // False only where no address that the name could lead to is allowed at this port. What is_forbidden_name
    // is allowed where 127.0.0.1 or ::1 is.
    [[nodiscard]] bool allows(std::string_view name, std::uint16_t port) const;

  private:
    template <class Address>
    [[nodiscard]] bool allows_address(const Address& address, std::uint16_t port) const;

    AllowList allowed_;
    PortList ports_;
    std::shared_ptr<OwnAddresses> own_;
};

}  // namespace security
