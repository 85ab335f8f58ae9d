#define BOOST_TEST_MODULE route_cache
#include "delivery/http/route_cache.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using delivery::RouteCache;
using std::chrono::hours;
using std::chrono::seconds;
using Addresses = std::vector<std::string>;

namespace {

constexpr seconds kKnownFor{60};
constexpr RouteCache::Clock::time_point kStart{hours{1000}};

struct Fixture {
    RouteCache routes{kKnownFor};
    std::uint64_t first = routes.learn("a.test", {"192.0.2.1", "192.0.2.2"}, kStart).generation;

    std::uint64_t generation() { return routes.find("a.test", kStart)->generation; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(addresses_are_known_for_their_time, Fixture) {
    BOOST_TEST(routes.find("b.test", kStart) == nullptr);
    BOOST_REQUIRE(routes.find("a.test", kStart + kKnownFor - seconds{1}) != nullptr);
    BOOST_TEST(routes.find("a.test", kStart + kKnownFor) == nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_name_with_the_same_addresses_keeps_its_connections, Fixture) {
    const auto later = kStart + kKnownFor;
    BOOST_TEST(routes.learn("a.test", {"192.0.2.2", "192.0.2.1"}, later).generation == first);
    BOOST_TEST(routes.learn("a.test", {"192.0.2.2"}, later).generation != first);
    BOOST_TEST(routes.learn("b.test", {"192.0.2.1", "192.0.2.2"}, later).generation != first);
}

BOOST_FIXTURE_TEST_CASE(a_generation_is_left_once, Fixture) {
    routes.leave("a.test", first);
    const std::uint64_t second = generation();
    BOOST_TEST(second != first);
    // Other requests that were under way on the former connections.
    routes.leave("a.test", first);
    BOOST_TEST(generation() == second);
    routes.leave("nobody.test", first);
}

BOOST_FIXTURE_TEST_CASE(silent_addresses_come_last_until_the_next_lookup, Fixture) {
    routes.put_last("a.test", {"192.0.2.1"});
    BOOST_TEST(routes.find("a.test", kStart)->addresses == (Addresses{"192.0.2.2", "192.0.2.1"}));
    BOOST_TEST(generation() == first);
    const Addresses resolved{"192.0.2.1", "192.0.2.2"};
    BOOST_TEST(routes.learn("a.test", resolved, kStart).addresses == resolved);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_of_http2_is_forgotten_with_the_connections, Fixture) {
    routes.refuses_http2("a.test");
    BOOST_TEST(routes.find("a.test", kStart)->by_http1);
    BOOST_TEST(routes.learn("a.test", {"192.0.2.1", "192.0.2.2"}, kStart).by_http1);
    routes.leave("a.test", first);
    BOOST_TEST(!routes.find("a.test", kStart)->by_http1);
}

BOOST_FIXTURE_TEST_CASE(unused_hosts_are_forgotten, Fixture) {
    routes.learn("b.test", {"192.0.2.1"}, kStart + hours{1});
    BOOST_TEST(routes.find("a.test", kStart) == nullptr);
}
