#include "common/security/destination.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "common/base/ascii.hpp"

namespace security {
namespace {

// The addresses whose first prefix bits equal those of network. Bits is an IPv4 address, or the upper half of
// an IPv6 address, in host byte order; prefix is at least 1.
template <class Bits>
struct Range {
    Bits network;
    int prefix;

    [[nodiscard]] constexpr bool contains(Bits address) const {
        return ((address ^ network) >> (std::numeric_limits<Bits>::digits - prefix)) == 0;
    }
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array<Range<std::uint32_t>, 16> kForbiddenIpv4{{
    {ipv4(0, 0, 0, 0), 8},         // this network: RFC 791, 3.2
    {ipv4(10, 0, 0, 0), 8},        // private use: RFC 1918
    {ipv4(100, 64, 0, 0), 10},     // shared by carrier-grade NAT: RFC 6598
    {ipv4(127, 0, 0, 0), 8},       // loopback: RFC 1122, 3.2.1.3
    {ipv4(168, 63, 129, 16), 32},  // Azure's platform services, reachable from its machines alone: Microsoft
    {ipv4(169, 254, 0, 0), 16},    // link local, cloud metadata: RFC 3927
    {ipv4(172, 16, 0, 0), 12},     // private use: RFC 1918
    {ipv4(192, 0, 0, 0), 24},      // IETF protocol assignments: RFC 6890, 2.1
    {ipv4(192, 0, 2, 0), 24},      // documentation: RFC 5737
    {ipv4(192, 88, 99, 0), 24},    // 6to4 relays, deprecated: RFC 7526
    {ipv4(192, 168, 0, 0), 16},    // private use: RFC 1918
    {ipv4(198, 18, 0, 0), 15},     // benchmarking: RFC 2544
    {ipv4(198, 51, 100, 0), 24},   // documentation: RFC 5737
    {ipv4(203, 0, 113, 0), 24},    // documentation: RFC 5737
    {ipv4(224, 0, 0, 0), 4},       // multicast: RFC 5771
    {ipv4(240, 0, 0, 0), 4},       // reserved, and limited broadcast: RFC 1112, 4; RFC 8190
}};

constexpr Range<std::uint64_t> kGlobalUnicastIpv6{0x2000'0000'0000'0000, 3};  // RFC 4291, 2.4

constexpr std::array<Range<std::uint64_t>, 4> kForbiddenGlobalIpv6{{
    {0x2001'0000'0000'0000, 23},  // IETF protocol assignments, Teredo and ORCHID among them: RFC 2928
    {0x2001'0db8'0000'0000, 32},  // documentation: RFC 3849
    {0x2002'0000'0000'0000, 16},  // 6to4: RFC 3056
    {0x3fff'0000'0000'0000, 20},  // documentation: RFC 9637
}};

std::uint64_t upper_half(const in6_addr& address) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | address.s6_addr[i];
    return bits;
}

}  // namespace

bool is_forbidden_address(const in_addr& address) {
    const std::uint32_t bits = ntohl(address.s_addr);
    return std::ranges::any_of(kForbiddenIpv4, [bits](const auto& range) { return range.contains(bits); });
}

bool is_forbidden_address(const in6_addr& address) {
    const std::uint64_t bits = upper_half(address);
    return !kGlobalUnicastIpv6.contains(bits) ||
           std::ranges::any_of(kForbiddenGlobalIpv6,
                               [bits](const auto& range) { return range.contains(bits); });
}

bool is_forbidden_name(std::string_view host) {
    constexpr std::string_view kLocalhost = "localhost";
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string_view last_label = host.substr(host.rfind('.') + 1);  // npos + 1 is 0: the only label
    return base::equals_ignoring_case(last_label, kLocalhost);
}

Destinations::Destinations(AllowList allowed, PortList ports, std::shared_ptr<OwnAddresses> own)
    : allowed_(std::move(allowed)), ports_(std::move(ports)), own_(std::move(own)) {}

template <class Address>
Destinations::Access Destinations::access_to_address(const Address& address, std::uint16_t port) const {
    const bool is_port_open = ports_.contains(port);
    if (is_port_open && !is_forbidden_address(address) && !own_->contain(address)) return Access::kOpen;
    const AllowList::Says says = allowed_.about(address, port);
    const bool is_listed =
        says == AllowList::Says::kAddressAndPort || (is_port_open && says == AllowList::Says::kAddress);
    return is_listed ? Access::kByAllowList : Access::kRefused;
}

Destinations::Access Destinations::access_to(const in_addr& address, std::uint16_t port) const {
    return access_to_address(address, port);
}

Destinations::Access Destinations::access_to(const in6_addr& address, std::uint16_t port) const {
    return access_to_address(address, port);
}

bool Destinations::allows(const in_addr& address, std::uint16_t port) const {
    return access_to(address, port) != Access::kRefused;
}

bool Destinations::allows(const in6_addr& address, std::uint16_t port) const {
    return access_to(address, port) != Access::kRefused;
}

bool Destinations::allows(std::string_view name, std::uint16_t port) const {
    if (!is_forbidden_name(name)) return ports_.contains(port) || allowed_.names_port(port);
    const in_addr loopback{.s_addr = htonl(INADDR_LOOPBACK)};
    return allows(loopback, port) || allows(in6addr_loopback, port);
}

}  // namespace security
