#define BOOST_TEST_MODULE fair_queue
#include "delivery/schedule/fairness/fair_queue.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <vector>

namespace {

struct Host {};

struct Fixture {
    std::array<Host, 4> hosts;
    delivery::FairQueue<Host> queue;

    std::vector<model::Id> pop_all() {
        std::vector<model::Id> popped;
        while (const auto next = queue.pop()) popped.push_back(*next);
        return popped;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(webhooks_of_a_host_come_in_their_order, Fixture) {
    for (const model::Id webhook : {3U, 1U, 2U}) queue.push(1, &hosts[0], webhook);
    BOOST_TEST((pop_all() == std::vector<model::Id>{3, 1, 2}));
    BOOST_TEST(queue.empty());
}

BOOST_FIXTURE_TEST_CASE(accounts_take_turns_however_much_one_has, Fixture) {
    for (model::Id webhook = 10; webhook < 15; ++webhook) queue.push(1, &hosts[webhook % 2], webhook);
    queue.push(2, &hosts[0], 20U);
    queue.push(3, &hosts[0], 30U);
    queue.push(3, &hosts[0], 31U);
    BOOST_TEST((pop_all() == std::vector<model::Id>{10, 20, 30, 11, 31, 12, 13, 14}));
}

BOOST_FIXTURE_TEST_CASE(hosts_of_an_account_take_turns, Fixture) {
    for (model::Id webhook = 10; webhook < 14; ++webhook) queue.push(1, &hosts[0], webhook);
    queue.push(1, &hosts[1], 20U);
    BOOST_TEST((pop_all() == std::vector<model::Id>{10, 20, 11, 12, 13}));
}

BOOST_FIXTURE_TEST_CASE(an_account_that_comes_back_comes_last, Fixture) {
    queue.push(1, &hosts[0], 10U);
    queue.push(2, &hosts[0], 20U);
    BOOST_TEST(queue.pop().value() == 10U);
    queue.push(1, &hosts[0], 11U);
    BOOST_TEST((pop_all() == std::vector<model::Id>{20, 11}));
}

BOOST_FIXTURE_TEST_CASE(accounts_that_may_not_are_passed_over, Fixture) {
    queue.push(1, &hosts[0], 10U);
    queue.push(2, &hosts[0], 20U);
    const auto may = [](model::Id account) { return account != 1; };
    BOOST_TEST(queue.pop(may).value() == 20U);
    BOOST_TEST(!queue.pop(may));
    BOOST_TEST(queue.pop().value() == 10U);
}

BOOST_FIXTURE_TEST_CASE(an_item_can_be_removed_from_anywhere, Fixture) {
    for (model::Id webhook = 10; webhook < 13; ++webhook) queue.push(1, &hosts[0], webhook);
    queue.push(2, &hosts[1], 20U);
    BOOST_TEST(queue.erase(1, &hosts[0], 11U));
    BOOST_TEST(queue.erase(2, &hosts[1], 20U));
    BOOST_TEST(!queue.erase(2, &hosts[1], 20U));
    BOOST_TEST(!queue.erase(1, &hosts[1], 10U));
    BOOST_TEST(!queue.erase(1, &hosts[0], 11U));
    BOOST_TEST((pop_all() == std::vector<model::Id>{10, 12}));
    BOOST_TEST(queue.empty());
}
