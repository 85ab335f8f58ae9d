#define BOOST_TEST_MODULE byte_budget
#include "delivery/schedule/fairness/byte_budget.hpp"

#include <boost/test/unit_test.hpp>

using delivery::ByteBudget;

namespace {

constexpr std::size_t kLarge = ByteBudget::kLargestEvent;
constexpr std::size_t kCapacity = 16 * kLarge;

struct Fixture {
    ByteBudget budget{kCapacity};

    // Takes as many events of that size as the account may have.
    std::size_t take_all(model::Id account, std::size_t bytes) {
        std::size_t taken = 0;
        while (budget.allows(account)) {
            if (!budget.settle(account, budget.reserve(account), bytes)) break;
            ++taken;
        }
        return taken;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(large_events_of_one_leave_room_for_those_of_another, Fixture) {
    BOOST_TEST(take_all(1, kLarge) == 14U);
    BOOST_TEST(budget.allows(2));
    BOOST_TEST(take_all(2, kLarge) >= 1U);
}

BOOST_FIXTURE_TEST_CASE(small_events_reserve_only_what_they_need, Fixture) {
    BOOST_TEST(take_all(1, 100) > 1000U);
}

BOOST_FIXTURE_TEST_CASE(one_large_event_makes_the_next_count_as_large, Fixture) {
    for (int i = 0; i < 1000; ++i) BOOST_TEST(budget.settle(1, budget.reserve(1), 100));
    BOOST_TEST(budget.settle(1, budget.reserve(1), kLarge));
    BOOST_TEST(budget.reserve(1) == kLarge);
}

BOOST_FIXTURE_TEST_CASE(an_event_that_turns_out_too_large_is_not_kept, Fixture) {
    for (int i = 0; i < 500; ++i) BOOST_TEST(budget.settle(1, budget.reserve(1), 100));
    std::size_t kept = 0;
    for (int i = 0; i < 100; ++i) {
        const std::size_t reserved = budget.reserve(1);
        if (budget.settle(1, reserved, kLarge)) {
            ++kept;
        } else {
            budget.release(1, reserved);
        }
    }
    BOOST_TEST(kept >= 12U);
    BOOST_TEST(budget.used() < kCapacity);
    BOOST_TEST(budget.allows(2));
}

BOOST_FIXTURE_TEST_CASE(an_account_that_has_none_may_have_one_of_any_size, Fixture) {
    take_all(1, kLarge);
    BOOST_TEST(budget.allows(2));
    BOOST_TEST(budget.settle(2, budget.reserve(2), 2 * kCapacity));
    BOOST_TEST(budget.allows(3));
    BOOST_TEST(!budget.allows(2));
    budget.release(2, 2 * kCapacity);
    BOOST_TEST(budget.allows(2));
}

BOOST_FIXTURE_TEST_CASE(an_empty_event_counts_until_it_is_released, Fixture) {
    BOOST_TEST(budget.settle(1, budget.reserve(1), 0));
    BOOST_TEST(budget.used() == 1U);
    budget.release(1, 1);
    BOOST_TEST(budget.used() == 0U);
    BOOST_TEST(budget.reserve(1) == kLarge);  // the usual size is forgotten
}
