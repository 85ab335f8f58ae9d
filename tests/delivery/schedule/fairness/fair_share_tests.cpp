#define BOOST_TEST_MODULE fair_share
#include "delivery/schedule/fairness/fair_share.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using delivery::FairShare;

namespace {

constexpr std::size_t kCapacity = 512;

std::size_t take_all(FairShare& share, model::Id account) {
    while (share.allows(account)) share.take(account);
    return share.used_by(account);
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_account_alone_gets_nearly_everything) {
    FairShare share(kCapacity);
    BOOST_TEST(take_all(share, 1) == 455U);
    BOOST_TEST(share.used() == 455U);
}

BOOST_AUTO_TEST_CASE(another_account_finds_room_at_once) {
    FairShare share(kCapacity);
    std::size_t before = kCapacity;
    for (model::Id account = 1; account <= 4; ++account) {
        const std::size_t taken = take_all(share, account);
        BOOST_TEST(taken > 0U);
        BOOST_TEST(taken < before);
        before = taken;
    }
}

BOOST_AUTO_TEST_CASE(two_busy_accounts_get_equal_parts_of_less_than_half) {
    FairShare share(kCapacity);
    take_all(share, 1);
    for (int i = 0; i < 1000; ++i) {
        for (const model::Id account : {1U, 2U}) {
            if (share.used_by(account) > 0) share.release(account);
        }
        for (const model::Id account : {1U, 2U}) take_all(share, account);
    }
    BOOST_TEST(share.used_by(1) < kCapacity / 2);
    BOOST_TEST(share.used_by(2) < kCapacity / 2);
    BOOST_TEST(share.used_by(1) + share.used_by(2) > kCapacity * 9 / 10);
}

BOOST_AUTO_TEST_CASE(accounts_may_use_what_others_do_not_want) {
    FairShare share(kCapacity);
    share.take(2, 100);
    BOOST_TEST(take_all(share, 1) > (kCapacity - 100) * 8 / 10);
}

BOOST_AUTO_TEST_CASE(the_last_unit_goes_to_an_account_that_has_none) {
    FairShare share(4);
    BOOST_TEST(take_all(share, 1) == 3U);
    BOOST_TEST(share.allows(2));
    share.take(2);
    BOOST_TEST(!share.allows(3));
    share.release(1);
    BOOST_TEST(!share.allows(2));
    BOOST_TEST(share.allows(3));
}

BOOST_AUTO_TEST_CASE(a_single_unit_goes_to_any_account) {
    FairShare share(1);
    BOOST_TEST(take_all(share, 1) == 1U);
    BOOST_TEST(!share.allows(2));
    share.release(1);
    BOOST_TEST(share.allows(2));
    BOOST_TEST(!FairShare(0).allows(1));
}

BOOST_AUTO_TEST_CASE(amounts_count) {
    FairShare share(100);
    BOOST_TEST(share.allows(1, 100));
    BOOST_TEST(!share.allows(1, 101));
    share.take(1, 80);
    BOOST_TEST(share.allows(1, 8));
    BOOST_TEST(!share.allows(1, 9));
    BOOST_TEST(share.allows(2, 20));
    share.release(1, 80);
    BOOST_TEST(share.used() == 0U);
}

BOOST_AUTO_TEST_CASE(a_capacity_that_shrinks_takes_nothing_away) {
    FairShare share(20);
    share.take(1, 10);
    share.resize(5);
    BOOST_TEST(share.used_by(1) == 10U);
    BOOST_TEST(!share.allows(1));
    BOOST_TEST(!share.allows(2));
    share.release(1, 6);
    BOOST_TEST(share.allows(2));
}
