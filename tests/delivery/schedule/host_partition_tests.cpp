#define BOOST_TEST_MODULE host_partition
#include "delivery/schedule/host_partition.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

using delivery::HostPartition;

namespace {

constexpr int kHosts = 3000;

std::string host(int number) {
    return "host" + std::to_string(number) + ".example.com:443";
}

HostPartition partition(std::uint64_t own, const std::vector<std::uint64_t>& all) {
    HostPartition made(own);
    made.update(all);
    return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(alone_it_owns_everything) {
    const HostPartition alone(7);
    for (int i = 0; i < kHosts; ++i) BOOST_REQUIRE(alone.owns(host(i)));
}

BOOST_AUTO_TEST_CASE(each_host_has_one_owner_and_the_shares_are_alike) {
    const std::vector<std::uint64_t> all{11, 22, 33};
    std::map<std::uint64_t, int> shares;
    for (int i = 0; i < kHosts; ++i) {
        int owners = 0;
        for (const std::uint64_t worker : all) {
            if (!partition(worker, all).owns(host(i))) continue;
            ++owners;
            ++shares[worker];
        }
        BOOST_REQUIRE(owners == 1);
    }
    for (const auto& [worker, share] : shares) BOOST_TEST_CONTEXT(worker) BOOST_TEST(share > kHosts / 4);
}

BOOST_AUTO_TEST_CASE(when_a_worker_goes_only_its_hosts_change_owners) {
    const HostPartition before = partition(11, {11, 22, 33});
    const HostPartition after = partition(11, {11, 22});
    for (int i = 0; i < kHosts; ++i) {
        if (before.owns(host(i))) BOOST_REQUIRE(after.owns(host(i)));
    }
}

BOOST_AUTO_TEST_CASE(it_says_whether_anything_has_changed) {
    HostPartition own(11);
    BOOST_TEST(!own.update({11}));
    BOOST_TEST(!own.update({}));
    BOOST_TEST(own.update({22, 11}));
    BOOST_TEST(!own.update({11, 22, 22}));
    BOOST_TEST(own.size() == 2U);
    BOOST_TEST(own.update({11}));
}
