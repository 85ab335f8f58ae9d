#define BOOST_TEST_MODULE destination
#include "common/security/destination.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

using security::AllowList;
using security::Destinations;
using security::is_forbidden_address;
using security::is_forbidden_name;
using security::PortList;

namespace {

bool is_forbidden_ipv4(const char* text) {
    in_addr address{};
    BOOST_REQUIRE_MESSAGE(inet_pton(AF_INET, text, &address) == 1, text);
    return is_forbidden_address(address);
}

bool is_forbidden_ipv6(const char* text) {
    in6_addr address{};
    BOOST_REQUIRE_MESSAGE(inet_pton(AF_INET6, text, &address) == 1, text);
    return is_forbidden_address(address);
}

// The edges of a range and the addresses next to it, null if those are forbidden, too.
struct Range {
    const char* before;
    const char* first;
    const char* last;
    const char* after;
};

constexpr Range kIpv4Ranges[] = {
    {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr},
    {nullptr, "240.0.0.0", "255.255.255.255", nullptr},
};

constexpr Range kIpv6Ranges[] = {
    // Below global unicast: unspecified, loopback, and the forms that contain an IPv4 address.
    {nullptr, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
    {nullptr, "::1", "::1", nullptr},
    {nullptr, "::2", "::ffff:ffff", nullptr},
    {nullptr, "::ffff:0.0.0.0", "::ffff:255.255.255.255", nullptr},
    {nullptr, "64:ff9b::", "64:ff9b::ffff:ffff", nullptr},
    {nullptr, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "100::", "100::ffff:ffff:ffff:ffff", nullptr},
    // Within global unicast.
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db9::"},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2003::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3fff:1000::"},
    // Above global unicast.
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {nullptr, "ff00::", "ff02::1", nullptr},
};

template <class IsForbidden>
void check(const Range& range, IsForbidden is_forbidden) {
    BOOST_TEST_CONTEXT(range.first << " to " << range.last) {
        BOOST_TEST((range.before == nullptr || !is_forbidden(range.before)));
        BOOST_TEST(is_forbidden(range.first));
        BOOST_TEST(is_forbidden(range.last));
        BOOST_TEST((range.after == nullptr || !is_forbidden(range.after)));
    }
}

Destinations with(const char* allowed, const char* ports) {
    return {AllowList::parse(allowed), PortList::parse(ports)};
}

bool allows(const Destinations& destinations, const char* text, std::uint16_t port) {
    in_addr v4{};
    if (inet_pton(AF_INET, text, &v4) == 1) return destinations.allows(v4, port);
    in6_addr v6{};
    BOOST_REQUIRE_MESSAGE(inet_pton(AF_INET6, text, &v6) == 1, text);
    return destinations.allows(v6, port);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_ipv4_range_ends_where_it_should) {
    for (const Range& range : kIpv4Ranges) check(range, is_forbidden_ipv4);
}

BOOST_AUTO_TEST_CASE(every_ipv6_range_ends_where_it_should) {
    for (const Range& range : kIpv6Ranges) check(range, is_forbidden_ipv6);
}

BOOST_AUTO_TEST_CASE(public_addresses_are_allowed) {
    for (const char* address :
         {"1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "192.0.1.1", "223.1.2.3"}) {
        BOOST_TEST(!is_forbidden_ipv4(address), address);
    }
    for (const char* address : {"2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888",
                                "2620:fe::fe", "3000::1"}) {
        BOOST_TEST(!is_forbidden_ipv6(address), address);
    }
}

BOOST_AUTO_TEST_CASE(ways_around_are_forbidden) {
    for (const char* address :
         {"127.0.0.1", "169.254.169.254", "168.63.129.16", "0.0.0.0", "255.255.255.255"}) {
        BOOST_TEST(is_forbidden_ipv4(address), address);
    }
    // The last is a 6to4 form of 8.8.8.8: it does not matter that the address inside is public.
    for (const char* address :
         {"::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
          "2002:7f00:1::", "2001:0:7f00:1::", "fd00:ec2::254", "::ffff:0:127.0.0.1", "2002:808:808::"}) {
        BOOST_TEST(is_forbidden_ipv6(address), address);
    }
}

BOOST_AUTO_TEST_CASE(localhost_and_names_below_it_are_forbidden) {
    for (const char* name : {"localhost", "LOCALHOST", "LocalHost", "localhost.", "a.localhost",
                             "a.b.LOCALHOST", "a.localhost.", "-.localhost"}) {
        BOOST_TEST(is_forbidden_name(name), name);
    }
}

BOOST_AUTO_TEST_CASE(other_names_are_not) {
    for (const char* name :
         {"", ".", "localhos", "localhosts", "notlocalhost", "localhost.example.com", "localhost.localdomain",
          "localhost-", "a-localhost", "local.host", "localhost..", "example.com"}) {
        BOOST_TEST(!is_forbidden_name(name), name);
    }
}

BOOST_AUTO_TEST_CASE(without_exceptions_the_rule_stands) {
    const Destinations destinations;
    BOOST_TEST(allows(destinations, "8.8.8.8", 1));
    BOOST_TEST(allows(destinations, "2620:fe::fe", 65535));
    BOOST_TEST(!allows(destinations, "127.0.0.1", 443));
    BOOST_TEST(!allows(destinations, "::1", 443));
    BOOST_TEST(destinations.allows("example.com", 8443));
    BOOST_TEST(!destinations.allows("localhost", 443));
    BOOST_TEST(!destinations.allows("a.localhost.", 443));
}

BOOST_AUTO_TEST_CASE(networks_are_allowed_on_top) {
    const auto destinations = with("10.1.0.0/16 fd00::/8", "");
    BOOST_TEST(allows(destinations, "10.1.2.3", 443));
    BOOST_TEST(allows(destinations, "fd00::1", 443));
    BOOST_TEST(allows(destinations, "8.8.8.8", 443));
    BOOST_TEST(!allows(destinations, "10.2.0.1", 443));
    BOOST_TEST(!allows(destinations, "::ffff:10.1.2.3", 443));
    BOOST_TEST(!allows(destinations, "64:ff9b::a01:203", 443));
    BOOST_TEST(!destinations.allows("localhost", 443));
}

BOOST_AUTO_TEST_CASE(localhost_is_allowed_where_its_addresses_are) {
    for (const char* list : {"127.0.0.1", "127.0.0.0/8", "::1", "::/0", "[::1]:443"}) {
        BOOST_TEST(with(list, "").allows("localhost", 443), list);
        BOOST_TEST(with(list, "").allows("a.localhost", 443), list);
    }
    for (const char* list : {"127.0.0.2", "127.0.0.1:8443", "10.0.0.0/8", "fd00::/8"}) {
        BOOST_TEST(!with(list, "").allows("localhost", 443), list);
    }
}

BOOST_AUTO_TEST_CASE(ports_narrow_everything_but_the_entries_that_name_theirs) {
    const auto destinations = with("10.0.0.0/8 192.168.0.1:9443", "443");
    BOOST_TEST(allows(destinations, "8.8.8.8", 443));
    BOOST_TEST(!allows(destinations, "8.8.8.8", 8443));
    BOOST_TEST(allows(destinations, "10.0.0.1", 443));
    BOOST_TEST(!allows(destinations, "10.0.0.1", 8443));
    BOOST_TEST(allows(destinations, "192.168.0.1", 9443));
    BOOST_TEST(!allows(destinations, "192.168.0.1", 443));
    BOOST_TEST(destinations.allows("example.com", 443));
    // The name may resolve to 192.168.0.1.
    BOOST_TEST(destinations.allows("example.com", 9443));
    BOOST_TEST(!destinations.allows("example.com", 8443));
}

BOOST_AUTO_TEST_CASE(addresses_of_this_host_are_refused_as_they_come_and_go) {
    using security::OwnAddresses;
    in_addr v4{};
    in6_addr v6{};
    BOOST_REQUIRE(inet_pton(AF_INET, "192.88.98.1", &v4) == 1);
    BOOST_REQUIRE(inet_pton(AF_INET6, "2606:4700::1", &v6) == 1);
    std::vector<OwnAddresses::Address> own;
    const auto addresses =
        std::make_shared<OwnAddresses>([&own] { return own; }, std::chrono::milliseconds{0});
    const Destinations anywhere({}, {}, addresses);
    BOOST_TEST(anywhere.allows(v4, 443));
    BOOST_TEST(anywhere.allows(v6, 443));
    own = {OwnAddresses::to_address(v6), OwnAddresses::to_address(v4)};
    BOOST_TEST(!anywhere.allows(v4, 443));
    BOOST_TEST(!anywhere.allows(v6, 443));
    // Allowed if the operator names it.
    BOOST_TEST(Destinations(AllowList::parse("192.88.98.1"), {}, addresses).allows(v4, 443));
    BOOST_TEST(Destinations(AllowList::parse("192.88.98.1:8443"), {}, addresses).allows(v4, 8443));
    BOOST_TEST(!Destinations(AllowList::parse("192.88.98.1:8443"), {}, addresses).allows(v4, 443));
    own = {OwnAddresses::to_address(v6)};
    BOOST_TEST(anywhere.allows(v4, 443));
    BOOST_TEST(!anywhere.allows(v6, 443));
}

BOOST_AUTO_TEST_CASE(it_is_known_what_only_the_allow_list_lets_through) {
    using Access = Destinations::Access;
    const auto access = [](const Destinations& destinations, const char* text, std::uint16_t port) {
        in_addr v4{};
        if (inet_pton(AF_INET, text, &v4) == 1) return destinations.access_to(v4, port);
        in6_addr v6{};
        BOOST_REQUIRE(inet_pton(AF_INET6, text, &v6) == 1);
        return destinations.access_to(v6, port);
    };
    const Destinations destinations =
        with("10.0.0.0/8 8.8.8.0/24:8443 8.8.8.0/24 [fd00::1] 0.0.0.0/0:9000", "443");
    BOOST_CHECK(access(destinations, "10.0.0.1", 443) == Access::kByAllowList);
    BOOST_CHECK(access(destinations, "fd00::1", 443) == Access::kByAllowList);
    BOOST_CHECK(access(destinations, "8.8.8.8", 443) == Access::kOpen);
    BOOST_CHECK(access(destinations, "8.8.8.8", 8443) == Access::kByAllowList);
    BOOST_CHECK(access(destinations, "1.1.1.1", 9000) == Access::kByAllowList);
    BOOST_CHECK(access(destinations, "1.1.1.1", 443) == Access::kOpen);
    BOOST_CHECK(access(destinations, "2606:4700:4700::1111", 443) == Access::kOpen);
    for (const char* refused : {"192.168.0.1", "fd00::2"}) {
        BOOST_CHECK(access(destinations, refused, 443) == Access::kRefused);
    }
    BOOST_CHECK(access(destinations, "10.0.0.1", 444) == Access::kRefused);
    BOOST_CHECK(access(destinations, "1.1.1.1", 444) == Access::kRefused);
}

BOOST_AUTO_TEST_CASE(the_previous_list_is_used_if_the_interfaces_cannot_be_read) {
    using security::OwnAddresses;
    const in_addr own{.s_addr = htonl(0xc0586201)};
    const in_addr other{.s_addr = htonl(0xc0586202)};
    bool fails = true;
    OwnAddresses addresses(
        [&]() -> std::vector<OwnAddresses::Address> {
            if (fails) throw std::system_error(EMFILE, std::generic_category());
            return {OwnAddresses::to_address(own)};
        },
        std::chrono::milliseconds{0});
    BOOST_TEST(addresses.contain(other));
    fails = false;
    BOOST_TEST((addresses.contain(own) && !addresses.contain(other)));
    fails = true;
    BOOST_TEST((addresses.contain(own) && !addresses.contain(other)));
}

BOOST_AUTO_TEST_CASE(the_interfaces_of_this_host_are_read) {
    security::OwnAddresses addresses;
    const in_addr loopback{.s_addr = htonl(INADDR_LOOPBACK)};
    const in_addr other{.s_addr = htonl(INADDR_LOOPBACK + 1)};
    BOOST_TEST(addresses.contain(loopback));
    BOOST_TEST(!addresses.contain(other));
}
