#include "common/security/allow_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "common/base/ascii.hpp"

namespace security {
namespace {

constexpr std::string_view kSeparators = ", \t";
constexpr unsigned kBitsPerByte = 8;
constexpr unsigned kIpv4Bits = 32;
constexpr unsigned kIpv6Bits = 128;

// Throws an error that quotes the entry, with "?" for each byte that is not printable.
[[noreturn]] void refuse(std::string_view entry, const std::string& what) {
    constexpr std::size_t kQuoted = 100;
    std::string quoted(entry.substr(0, kQuoted));
    std::ranges::replace_if(
        quoted, [](char c) { return c < ' ' || c > '~'; }, '?');
    throw std::invalid_argument('"' + quoted + "\": " + what);
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> entries;
    for (auto start = text.find_first_not_of(kSeparators); start != text.npos;
         start = text.find_first_not_of(kSeparators)) {
        text.remove_prefix(start);
        const std::string_view entry = text.substr(0, text.find_first_of(kSeparators));
        text.remove_prefix(entry.size());
        if (entries.size() == kMaxEntries) {
            refuse(entry, "there may be at most " + std::to_string(kMaxEntries) + " entries");
        }
        entries.push_back(entry);
    }
    return entries;
}

std::optional<unsigned> parse_number(std::string_view digits, unsigned least, unsigned most) {
    const auto number = base::parse_number<unsigned>(digits);
    if (!number || *number < least || *number > most) return std::nullopt;
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
    return number;
}

PortRange parse_ports(std::string_view entry, std::string_view text) {
    constexpr unsigned kMaxPort = std::numeric_limits<std::uint16_t>::max();
    const std::size_t dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash), 1, kMaxPort);
    const auto last = dash == text.npos ? first : parse_number(text.substr(dash + 1), 1, kMaxPort);
    if (!first || !last || *last < *first) {
        refuse(entry, "expected a port from 1 to 65535, or a range of ports");
    }
    return {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

// The parts of an entry, not yet parsed.
struct Parts {
    std::string_view address;
    std::optional<std::string_view> length;
    std::optional<std::string_view> ports;
    bool is_in_brackets = false;
};

Parts cut_up(std::string_view entry) {
    Parts parts;
    std::string_view rest = entry;
    if (entry.starts_with('[')) {
        const std::size_t bracket = entry.find(']');
        if (bracket == entry.npos) refuse(entry, "missing closing bracket");
        parts.is_in_brackets = true;
        parts.address = entry.substr(1, bracket - 1);
        rest.remove_prefix(bracket + 1);
    } else {
        // Two colons: an IPv6 address, which has a port only if it is in brackets.
        const bool is_ipv6 = entry.find(':') != entry.rfind(':');
        parts.address = entry.substr(0, entry.find_first_of(is_ipv6 ? "/" : "/:"));
        rest.remove_prefix(parts.address.size());
    }
    if (rest.starts_with('/')) {
        const std::string_view length = rest.substr(1, rest.find(':') - 1);
        parts.length = length;
        rest.remove_prefix(1 + length.size());
    }
    if (rest.starts_with(':')) {
        parts.ports = rest.substr(1);
        rest = {};
    }
    if (!rest.empty()) refuse(entry, "unexpected text after the entry");
    return parts;
}

}  // namespace

PortList PortList::parse(std::string_view text) {
    PortList list;
    for (const std::string_view entry : split(text)) list.ranges_.push_back(parse_ports(entry, entry));
    return list;
}

bool PortList::contains(std::uint16_t port) const {
    return ranges_.empty() ||
           std::ranges::any_of(ranges_, [port](const PortRange& range) { return range.contains(port); });
}

bool AllowList::Entry::contains(int other_family, const std::uint8_t* address) const {
    if (other_family != family) return false;
    const std::size_t whole = length / kBitsPerByte;
    if (!std::equal(address, address + whole, network.begin())) return false;
    const unsigned left = length % kBitsPerByte;
    return left == 0 || (address[whole] ^ network[whole]) >> (kBitsPerByte - left) == 0;
}

bool AllowList::Entry::has_bits_after_its_length() const {
    for (std::size_t bit = length; bit < network.size() * kBitsPerByte; ++bit) {
        if ((network[bit / kBitsPerByte] & 0x80U >> bit % kBitsPerByte) != 0) return true;
    }
    return false;
}

AllowList::Entry AllowList::parse_entry(std::string_view text) {
    const Parts parts = cut_up(text);
    Entry entry;
    const std::string address(parts.address);
    const bool is_plain = address.find('\0') == address.npos;
    if (is_plain && !parts.is_in_brackets && inet_pton(AF_INET, address.c_str(), entry.network.data()) == 1) {
        entry.family = AF_INET;
    } else if (is_plain && inet_pton(AF_INET6, address.c_str(), entry.network.data()) == 1) {
        entry.family = AF_INET6;
    } else {
        refuse(text, "not an IP address or network");
    }
    const unsigned bits = entry.family == AF_INET ? kIpv4Bits : kIpv6Bits;
    const auto length = parts.length ? parse_number(*parts.length, 0, bits) : std::optional{bits};
    if (!length) refuse(text, "expected a length from 0 to " + std::to_string(bits) + " after the slash");
    entry.length = *length;
    if (entry.has_bits_after_its_length()) refuse(text, "bits are set after the length");
    if (parts.ports && entry.family == AF_INET6 && !parts.is_in_brackets) {
        refuse(text, "an IPv6 address with a port must be in brackets");
    }
    entry.has_ports = parts.ports.has_value();
    if (parts.ports) entry.ports = parse_ports(text, *parts.ports);
    return entry;
}

AllowList AllowList::parse(std::string_view text) {
    AllowList list;
    for (const std::string_view entry : split(text)) list.entries_.push_back(parse_entry(entry));
    return list;
}

AllowList::Says AllowList::about(int family, const std::uint8_t* address, std::uint16_t port) const {
    Says says = Says::kNothing;
    for (const Entry& entry : entries_) {
        if (!entry.contains(family, address) || !entry.ports.contains(port)) continue;
        if (entry.has_ports) return Says::kAddressAndPort;
        says = Says::kAddress;
    }
    return says;
}

AllowList::Says AllowList::about(const in_addr& address, std::uint16_t port) const {
    return about(AF_INET, reinterpret_cast<const std::uint8_t*>(&address.s_addr), port);
}

AllowList::Says AllowList::about(const in6_addr& address, std::uint16_t port) const {
    if (IN6_IS_ADDR_V4MAPPED(&address)) return Says::kNothing;
    return about(AF_INET6, static_cast<const std::uint8_t*>(address.s6_addr), port);
}

bool AllowList::names_port(std::uint16_t port) const {
    return std::ranges::any_of(
        entries_, [port](const Entry& entry) { return entry.has_ports && entry.ports.contains(port); });
}

}  // namespace security
