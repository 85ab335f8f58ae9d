// The backlog of an ordered webhook.
#define BOOST_TEST_MODULE backlog
#include "delivery/schedule/backlog.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using delivery::Backlog;

namespace {

constexpr std::size_t kCapacity = 4;

std::vector<model::Id> take_all(Backlog& backlog) {
    std::vector<model::Id> events;
    while (backlog.size() != 0) events.push_back(backlog.take());
    return events;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_event_behind_the_end_is_left_to_the_next_read) {
    Backlog backlog;
    BOOST_TEST(!backlog.add_in_order(5, kCapacity));
    BOOST_TEST(backlog.size() == 0U);
    BOOST_TEST(backlog.has_more());
    backlog.fill({5, 7}, false);
    BOOST_TEST(!backlog.has_more());
    BOOST_TEST(!backlog.add_in_order(8, kCapacity));
    BOOST_TEST(backlog.has_more());
    BOOST_TEST((take_all(backlog) == std::vector<model::Id>{5, 7}));
}

BOOST_AUTO_TEST_CASE(an_event_before_the_end_goes_to_its_place) {
    Backlog backlog;
    backlog.fill({5, 8}, false);
    BOOST_TEST(backlog.add_in_order(7, kCapacity));
    BOOST_TEST(backlog.add_in_order(3, kCapacity));
    BOOST_TEST(!backlog.has_more());
    BOOST_TEST((take_all(backlog) == std::vector<model::Id>{3, 5, 7, 8}));
}

BOOST_AUTO_TEST_CASE(beyond_its_capacity_it_keeps_the_first) {
    Backlog backlog;
    backlog.fill({5, 6, 7, 9}, false);
    BOOST_TEST(!backlog.add_in_order(3, kCapacity));
    BOOST_TEST(backlog.has_more());
    BOOST_TEST(!backlog.add_in_order(8, kCapacity));
    BOOST_TEST((take_all(backlog) == std::vector<model::Id>{3, 5, 6, 7}));
    backlog.fill({5, 6, 7, 9}, false);
    BOOST_TEST(!backlog.add_in_order(8, kCapacity));
    BOOST_TEST((take_all(backlog) == std::vector<model::Id>{5, 6, 7, 8}));
}
