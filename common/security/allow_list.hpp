// Lists in the configuration: non-public networks that deliveries may go to, and ports.
//
//   allow-list = [ entry *( separator entry ) ]
//   port-list  = [ ports *( separator ports ) ]
//   separator  = 1*( "," / SP / HTAB )                       ; also before the first and after the last
//   entry      = IPv4address [ "/" length ] [ ":" ports ]
//              / IPv6address [ "/" length ]
//              / "[" IPv6address "]" [ "/" length ] [ ":" ports ]
//   length     = number                                      ; 0 to 32 or 128; one address if absent
//   ports      = number [ "-" number ]                       ; 1 to 65535, in ascending order
//   number     = "0" / ( "1" to "9" *DIGIT )
//
// Addresses have the form of RFC 3986; IPv6 addresses have no zone. A network with bits set after its length
// is refused, because either the address or the length is a mistake. No entry matches an IPv4-mapped address
// (::ffff:0:0/96), not even ::/0, because only IPv4 entries decide about IPv4 addresses.
//
// A list has at most kMaxEntries entries. Errors are std::invalid_argument, whose text quotes the entry.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace security {

inline constexpr std::size_t kMaxEntries = 1024;

struct PortRange {
    std::uint16_t first = 1;
    std::uint16_t last = std::numeric_limits<std::uint16_t>::max();

    [[nodiscard]] bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

class PortList {
  public:
    PortList() = default;  // contains every port
    static PortList parse(std::string_view text);

    // An empty list contains every port.
    [[nodiscard]] bool contains(std::uint16_t port) const;

  private:
    std::vector<PortRange> ranges_;
};

class AllowList {
  public:
    AllowList() = default;  // allows no address
    static AllowList parse(std::string_view text);

    // The answer of the list about an address: no entry, an entry without ports, or an entry that names the
    // port.
    enum class Says { kNothing, kAddress, kAddressAndPort };
    [[nodiscard]] Says about(const in_addr& address, std::uint16_t port) const;
    [[nodiscard]] Says about(const in6_addr& address, std::uint16_t port) const;

    // Whether an entry of any address names this port.
    [[nodiscard]] bool names_port(std::uint16_t port) const;

  private:
    struct Entry {
        int family = AF_INET;
        std::array<std::uint8_t, sizeof(in6_addr)> network{};  // an IPv4 address is in the first four
        unsigned length = 0;                                   // bits
        PortRange ports;
        bool has_ports = false;

        [[nodiscard]] bool contains(int other_family, const std::uint8_t* address) const;
        [[nodiscard]] bool has_bits_after_its_length() const;
    };

    static Entry parse_entry(std::string_view text);
    [[nodiscard]] Says about(int family, const std::uint8_t* address, std::uint16_t port) const;

    std::vector<Entry> entries_;
};

}  // namespace security
