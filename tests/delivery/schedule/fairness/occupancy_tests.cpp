#define BOOST_TEST_MODULE occupancy
#include "delivery/schedule/fairness/occupancy.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <set>

namespace {

struct Host {};

struct Fixture {
    std::array<Host, 4> hosts;
    delivery::Occupancy<Host> occupancy;

    // The webhooks of the host get consecutive ids, beginning with `first`.
    void add(model::Id account, const Host& host, model::Id first, model::Id count) {
        for (model::Id webhook = first; webhook < first + count; ++webhook)
            occupancy.add(account, &host, webhook);
    }
    std::set<model::Id> to_replace(model::Id account, const Host* host, std::size_t most = 100) const {
        const auto found = occupancy.to_replace(account, host, most, [](model::Id) { return true; });
        return {found.begin(), found.end()};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(without_queues_there_is_nothing_to_evict, Fixture) {
    BOOST_TEST(to_replace(1, nullptr).empty());
}

BOOST_FIXTURE_TEST_CASE(queues_of_the_largest_host_of_the_largest_account_are_evicted, Fixture) {
    add(1, hosts[0], 100, 3);
    add(1, hosts[1], 200, 5);
    add(2, hosts[2], 300, 6);
    const auto given = to_replace(3, nullptr);
    BOOST_TEST(given.size() == 4U);  // half of its surplus
    for (const model::Id webhook : given) BOOST_TEST(webhook / 100 == 2U);
    BOOST_TEST(to_replace(3, nullptr, 1).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_account_never_gives_to_one_that_has_as_many, Fixture) {
    add(1, hosts[0], 100, 3);
    add(2, hosts[1], 200, 3);
    BOOST_TEST(to_replace(2, &hosts[1]).empty());
    add(1, hosts[0], 103, 1);
    BOOST_TEST(to_replace(2, &hosts[1]).empty());  // or they would evict each other for ever
    add(1, hosts[0], 104, 1);
    BOOST_TEST(to_replace(2, &hosts[1]).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(within_an_account_the_hosts_share, Fixture) {
    add(1, hosts[0], 100, 10);
    add(1, hosts[1], 200, 2);
    BOOST_TEST(to_replace(1, &hosts[0]).empty());
    BOOST_TEST(to_replace(1, &hosts[1]).size() == 4U);
    BOOST_TEST(to_replace(1, nullptr).size() == 5U);
}

BOOST_FIXTURE_TEST_CASE(only_queues_that_may_be_evicted_are, Fixture) {
    add(1, hosts[0], 100, 10);
    const auto found =
        occupancy.to_replace(2, nullptr, 100, [](model::Id webhook) { return webhook == 104; });
    BOOST_TEST((found == std::vector<model::Id>{104}));
}

BOOST_FIXTURE_TEST_CASE(removed_queues_count_no_more, Fixture) {
    add(1, hosts[0], 100, 3);
    for (const model::Id webhook : {100U, 101U, 102U}) occupancy.remove(1, &hosts[0], webhook);
    BOOST_TEST(to_replace(2, nullptr).empty());
    BOOST_TEST(occupancy.webhooks_at(&hosts[0]).empty());
}

BOOST_FIXTURE_TEST_CASE(a_host_has_webhooks_of_several_accounts, Fixture) {
    add(1, hosts[0], 100, 2);
    add(2, hosts[0], 200, 1);
    add(2, hosts[1], 300, 1);
    const auto all = occupancy.webhooks_at(&hosts[0]);
    BOOST_TEST((std::set<model::Id>(all.begin(), all.end()) == std::set<model::Id>{100, 101, 200}));
}
