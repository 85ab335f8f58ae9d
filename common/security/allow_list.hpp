// Lists that an operator writes into the configuration: networks that deliveries may go to though they are
// not public, and ports.
//
//   allow-list = [ entry *( separator entry ) ]
//   port-list  = [ ports *( separator ports ) ]
//   separator  = 1*( "," / SP / HTAB )                       ; also before the first and after the last
//   entry      = IPv4address [ "/" length ] [ ":" ports ]
//              / IPv6address [ "/" length ]
//              / "[" IPv6address "]" [ "/" length ] [ ":" ports ]
//   length     = number                                      ; 0 to 32 or 128, one address if it is left out
//   ports      = number [ "-" number ]                       ; 1 to 65535, the second not below the first
//   number     = "0" / ( "1" to "9" *DIGIT )
//
// Addresses as RFC 3986 has them, an IPv6 one without zone. A network whose bits after its length are not all
// zero is refused: one of the two is a slip. An IPv4-mapped address (::ffff:0:0/96) is in no list, not even
// in ::/0: it is another spelling of an IPv4 address, which only the IPv4 entries speak of.
//
// At most kMaxEntries entries. Errors are std::invalid_argument, whose text quotes the entry.
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
    PortList() = default;  // every port
    static PortList parse(std::string_view text);

    // An empty list holds every port.
    [[nodiscard]] bool contains(std::uint16_t port) const;

  private:
    std::vector<PortRange> ranges_;
};

class AllowList {
  public:
    AllowList() = default;  // nothing
    static AllowList parse(std::string_view text);

    // What the list says of an address: nothing, that it is allowed, or that it is allowed at this very port.
    enum class Says { kNothing, kAddress, kAddressAndPort };
    [[nodiscard]] Says about(const in_addr& address, std::uint16_t port) const;
    [[nodiscard]] Says about(const in6_addr& address, std::uint16_t port) const;

    // Whether an entry names this port, at whatever address.
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
