#define BOOST_TEST_MODULE allow_list
#include "common/security/allow_list.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

using security::AllowList;
using security::PortList;
using Says = security::AllowList::Says;

namespace {

Says about(const AllowList& list, const std::string& address, std::uint16_t port) {
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return list.about(v4, port);
    in6_addr v6{};
    BOOST_REQUIRE_MESSAGE(inet_pton(AF_INET6, address.c_str(), &v6) == 1, address);
    return list.about(v6, port);
}

bool holds(const std::string& list, const std::string& address, std::uint16_t port = 443) {
    return about(AllowList::parse(list), address, port) != Says::kNothing;
}

bool is_message_about(const std::invalid_argument& error, const std::string& entry) {
    return std::string(error.what()).starts_with('"' + entry + "\": ");
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_empty_list_holds_nothing) {
    for (const char* list : {"", " ", ",", " ,\t, "}) {
        BOOST_TEST(!holds(list, "127.0.0.1"), list);
        BOOST_TEST(!holds(list, "::1"), list);
    }
}

BOOST_AUTO_TEST_CASE(networks_end_where_they_should) {
    BOOST_TEST(holds("10.1.0.0/16", "10.1.0.0"));
    BOOST_TEST(holds("10.1.0.0/16", "10.1.255.255"));
    BOOST_TEST(!holds("10.1.0.0/16", "10.0.255.255"));
    BOOST_TEST(!holds("10.1.0.0/16", "10.2.0.0"));
    BOOST_TEST(holds("10.128.0.0/9", "10.255.255.255"));
    BOOST_TEST(!holds("10.128.0.0/9", "10.127.255.255"));
    BOOST_TEST(holds("192.0.2.254/31", "192.0.2.255"));
    BOOST_TEST(!holds("192.0.2.254/31", "192.0.2.253"));
    BOOST_TEST(holds("127.0.0.1", "127.0.0.1"));
    BOOST_TEST(!holds("127.0.0.1", "127.0.0.2"));
    BOOST_TEST(holds("0.0.0.0/0", "255.255.255.255"));
    BOOST_TEST(holds("fd00::/8", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    BOOST_TEST(!holds("fd00::/8", "fe00::"));
    BOOST_TEST(holds("2001:db8:0:8000::/49", "2001:db8:0:ffff::1"));
    BOOST_TEST(!holds("2001:db8:0:8000::/49", "2001:db8:0:7fff::1"));
    BOOST_TEST(holds("::1/128", "::1"));
    BOOST_TEST(!holds("::1", "::2"));
    BOOST_TEST(holds("[::1]", "::1"));
    BOOST_TEST(holds("::/0", "fe80::1"));
}

BOOST_AUTO_TEST_CASE(a_list_has_any_number_of_separators) {
    const std::string list = " ,10.0.0.0/8,\t192.168.0.0/16 ,, fd00::/8 ";
    for (const char* address : {"10.0.0.1", "192.168.7.7", "fd00::1"}) BOOST_TEST(holds(list, address));
    BOOST_TEST(!holds(list, "172.16.0.1"));
}

BOOST_AUTO_TEST_CASE(families_do_not_mix) {
    BOOST_TEST(!holds("0.0.0.0/0", "::1"));
    BOOST_TEST(!holds("::/0", "127.0.0.1"));
    for (const char* address : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"}) {
        BOOST_TEST(!holds("0.0.0.0/0, ::/0, ::ffff:0:0/96", address), address);
    }
}

BOOST_AUTO_TEST_CASE(ports_narrow_an_entry) {
    for (const char* text : {"127.0.0.1:8443", "127.0.0.1/32:8443", "[::1]:8443", "[::1]/128:8443"}) {
        const std::string address = text[0] == '[' ? "::1" : "127.0.0.1";
        const auto list = AllowList::parse(text);
        BOOST_TEST((about(list, address, 8443) == Says::kAddressAndPort), text);
        BOOST_TEST((about(list, address, 8442) == Says::kNothing), text);
        BOOST_TEST((about(list, address, 8444) == Says::kNothing), text);
        BOOST_TEST(list.names_port(8443));
        BOOST_TEST(!list.names_port(443));
    }
    const auto range = AllowList::parse("10.0.0.0/8:8000-8999");
    BOOST_TEST((about(range, "10.9.9.9", 7999) == Says::kNothing));
    BOOST_TEST((about(range, "10.9.9.9", 8000) == Says::kAddressAndPort));
    BOOST_TEST((about(range, "10.9.9.9", 8999) == Says::kAddressAndPort));
    BOOST_TEST((about(range, "10.9.9.9", 9000) == Says::kNothing));
}

BOOST_AUTO_TEST_CASE(the_entry_that_names_the_port_wins) {
    for (const char* text : {"10.0.0.0/8 10.0.0.1:443", "10.0.0.1:443 10.0.0.0/8"}) {
        const auto list = AllowList::parse(text);
        BOOST_TEST((about(list, "10.0.0.1", 443) == Says::kAddressAndPort), text);
        BOOST_TEST((about(list, "10.0.0.1", 444) == Says::kAddress), text);
        BOOST_TEST((about(list, "10.0.0.2", 443) == Says::kAddress), text);
    }
    BOOST_TEST(!AllowList::parse("10.0.0.0/8").names_port(443));
}

BOOST_AUTO_TEST_CASE(malformed_entries_are_refused_and_quoted) {
    for (const char* entry : {"localhost",
                              "10.1.0.0/33",
                              "10.1.0.0/",
                              "10.1.0.0/08",
                              "10.1.0.0/-1",
                              "10.1.0.1/16",
                              "10.1/16",
                              "10.1.0.0/16/8",
                              "10.1.0.0:0",
                              "10.1.0.0:65536",
                              "10.1.0.0:",
                              "10.1.0.0:443/16",
                              "10.1.0.0:1-",
                              "10.1.0.0:-1",
                              "10.1.0.0:2-1",
                              "10.1.0.0:0443",
                              "10.1.0.0:443x",
                              "fd00::/129",
                              "fd00::1/8",
                              "fe80::1%eth0",
                              "[::1",
                              "[::1]8443",
                              "[::1]/128:",
                              "[::1]/128/",
                              "::1]",
                              "[10.0.0.1]",
                              "[10.0.0.1]:443",
                              "2130706433",
                              "0x7f.0.0.1",
                              "127.0.0.01",
                              "https://a.b/",
                              "*",
                              "/8",
                              ":443",
                              "[]",
                              "::1/128:443",
                              "10.0.0.0-10.9.9.9",
                              "10.0.0.0/8;fd00::/8"}) {
        BOOST_CHECK_EXCEPTION(
            AllowList::parse("127.0.0.1, " + std::string(entry)), std::invalid_argument,
            [entry](const std::invalid_argument& error) { return is_message_about(error, entry); });
    }
    BOOST_CHECK_EXCEPTION(
        AllowList::parse(std::string("10.0.0.1\0", 9)), std::invalid_argument,
        [](const std::invalid_argument& error) { return is_message_about(error, "10.0.0.1?"); });
}

BOOST_AUTO_TEST_CASE(there_is_a_limit_to_entries) {
    std::string list;
    for (std::size_t i = 0; i < security::kMaxEntries; ++i) list += "10.0.0.1 ";
    BOOST_CHECK_NO_THROW(AllowList::parse(list));
    BOOST_CHECK_THROW(AllowList::parse(list + "10.0.0.2"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_list_of_ports) {
    const auto ports = PortList::parse("443, 8443 9000-9010");
    for (const int port : {443, 8443, 9000, 9005, 9010}) {
        BOOST_TEST(ports.contains(static_cast<std::uint16_t>(port)), port);
    }
    for (const int port : {1, 80, 442, 444, 8999, 9011, 65535}) {
        BOOST_TEST(!ports.contains(static_cast<std::uint16_t>(port)), port);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_list_of_ports_holds_every_port) {
    for (const char* list : {"", " , "}) {
        BOOST_TEST(PortList::parse(list).contains(1));
        BOOST_TEST(PortList::parse(list).contains(65535));
    }
}

BOOST_AUTO_TEST_CASE(malformed_ports_are_refused_and_quoted) {
    for (const char* entry : {"0", "65536", "99999999999", "-1", "https", "443-", "-443", "2-1", "1-2-3",
                              "0443", "+443", "443.0", "10.0.0.1:443"}) {
        BOOST_CHECK_EXCEPTION(
            PortList::parse("443 " + std::string(entry)), std::invalid_argument,
            [entry](const std::invalid_argument& error) { return is_message_about(error, entry); });
    }
}
