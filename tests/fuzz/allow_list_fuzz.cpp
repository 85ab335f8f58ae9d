// Fuzzes the parsers of the lists of networks and of ports.
#include "common/security/allow_list.hpp"

#include <arpa/inet.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using security::AllowList;
using security::PortList;
using Says = security::AllowList::Says;

namespace {

template <class List>
std::optional<List> parse(const std::string& text) {
    try {
        return List::parse(text);
    } catch (const std::invalid_argument& error) {
        const std::string_view message = error.what();
        require(message.starts_with('"') && message.size() > 4, "a refusal quotes the entry");
        return std::nullopt;
    }
}

constexpr std::array<const char*, 6> kIpv4{"127.0.0.1",   "10.0.0.1",        "0.0.0.0",
                                           "192.168.1.1", "255.255.255.255", "8.8.8.8"};
constexpr std::array<const char*, 6> kIpv6{
    "::1", "fd00::1", "::", "fe80::1", "2001:db8::1", "64:ff9b::7f00:1"};
constexpr std::array<std::uint16_t, 4> kPorts{1, 443, 8443, 65535};

in_addr ipv4(const char* text) {
    in_addr address{};
    require(inet_pton(AF_INET, text, &address) == 1, text);
    return address;
}

in6_addr ipv6(const std::string& text) {
    in6_addr address{};
    require(inet_pton(AF_INET6, text.c_str(), &address) == 1, text.c_str());
    return address;
}

// Both lists must agree about every address and port.
bool are_alike(const AllowList& a, const AllowList& b) {
    for (const std::uint16_t port : kPorts) {
        if (a.names_port(port) != b.names_port(port)) return false;
        for (const char* text : kIpv4) {
            if (a.about(ipv4(text), port) != b.about(ipv4(text), port)) return false;
        }
        for (const char* text : kIpv6) {
            if (a.about(ipv6(text), port) != b.about(ipv6(text), port)) return false;
        }
    }
    return true;
}

void check_networks(const std::string& text) {
    const auto list = parse<AllowList>(text);
    if (!list) return;
    for (const std::uint16_t port : kPorts) {
        for (const char* address : kIpv4) {
            require(list->about(ipv6(std::string("::ffff:") + address), port) == Says::kNothing,
                    "a mapped address is in no list");
        }
    }
    if (text.size() > 1024) return;  // twice that is within the limit of entries
    const auto twice = parse<AllowList>(text + "," + text);
    require(twice && are_alike(*list, *twice), "what is said twice changes nothing");
    const auto more = parse<AllowList>(text + " 127.0.0.1 ::1");
    require(more && more->about(ipv4("127.0.0.1"), 443) != Says::kNothing &&
                more->about(ipv6("::1"), 443) != Says::kNothing,
            "an entry more allows more");
    require(!parse<AllowList>(text + " 127.0.0.1/33"), "an entry that is none spoils the list");
}

void check_ports(const std::string& text) {
    const auto list = parse<PortList>(text);
    if (!list) return;
    const bool is_empty = text.find_first_not_of(", \t") == text.npos;
    if (is_empty) require(list->contains(1) && list->contains(65535), "an empty list holds every port");
    if (text.size() > 1024) return;
    require(parse<PortList>(text + " 443")->contains(443), "a port more is in it");
    require(!parse<PortList>(text + " 0"), "a port that is none spoils the list");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzzing::as_text(data, size));
    check_networks(text);
    check_ports(text);
    return 0;
}
