#define BOOST_TEST_MODULE prefetch_queue
#include "delivery/schedule/prefetch.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

using delivery::Clock;
using delivery::Feedback;
using delivery::PrefetchedDelivery;
using delivery::PrefetchQueue;
using std::chrono::milliseconds;
using Tags = std::vector<std::uint64_t>;

namespace {

struct Fixture {
    PrefetchQueue queue{milliseconds{100}};
    Clock::time_point now{std::chrono::seconds{1000}};

    std::uint64_t generation = 0;

    // Both return the tag to start, or nothing.
    Tags add(std::uint64_t tag, unsigned at_once, model::Id webhook = 7) {
        PrefetchedDelivery delivery{.tag = tag, .claim = {}, .at_once = at_once};
        delivery.claim.key = {tag, webhook};
        return tags(queue.add(std::move(delivery), now));
    }
    Tags finish(std::uint64_t tag, Feedback feedback = Feedback::kSuccess) {
        return tags(queue.finish(tag, feedback, ++generation, now));
    }
    static Tags tags(const std::optional<PrefetchedDelivery>& delivery) {
        return delivery ? Tags{delivery->tag} : Tags{};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(as_many_start_at_once_as_the_delivery_allows, Fixture) {
    BOOST_TEST(add(1, 2) == Tags{1});
    BOOST_TEST(add(2, 2) == Tags{2});
    BOOST_TEST(queue.is_empty());
    BOOST_TEST(add(3, 2).empty());
    BOOST_TEST(add(4, 2).empty());
    BOOST_TEST(!queue.is_empty());
    BOOST_TEST(add(5, 1, 8) == Tags{5});  // another webhook
}

BOOST_FIXTURE_TEST_CASE(the_next_follows_one_that_succeeded, Fixture) {
    for (std::uint64_t tag = 1; tag <= 4; ++tag) (void)add(tag, 2);
    BOOST_TEST(finish(2) == Tags{3});
    BOOST_TEST(finish(1) == Tags{4});
    BOOST_TEST(queue.is_empty());
    BOOST_TEST(finish(3).empty());
    BOOST_TEST(finish(4).empty());
    BOOST_TEST(queue.take_unsent().empty());
    BOOST_TEST(add(9, 1) == Tags{9});
}

BOOST_FIXTURE_TEST_CASE(after_a_failure_the_others_come_back_unsent, Fixture) {
    for (std::uint64_t tag = 1; tag <= 5; ++tag) (void)add(tag, 2);
    (void)add(8, 1, 8);
    BOOST_TEST(add(9, 1, 8).empty());
    BOOST_TEST(finish(1, Feedback::kFailure).empty());
    BOOST_TEST((queue.take_unsent() == Tags{3, 4, 5}));
    BOOST_TEST(queue.take_unsent().empty());
    BOOST_TEST(finish(2).empty());
    BOOST_TEST(finish(8) == Tags{9});  // another webhook is not affected
}

BOOST_FIXTURE_TEST_CASE(after_a_slow_outcome_deliveries_come_back_until_it_is_known, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 2);
    BOOST_TEST(finish(1, Feedback::kSlow).empty());
    BOOST_TEST(queue.take_unsent() == Tags{3});
    BOOST_TEST(add(4, 2).empty());
    BOOST_TEST(add(5, 2).empty());
    BOOST_TEST((queue.take_unsent() == Tags{4, 5}));
    BOOST_TEST(add(8, 2, 8) == Tags{8});  // another webhook is not affected
    BOOST_TEST(finish(2, Feedback::kSlow).empty());
    queue.learn(1);
    BOOST_TEST(add(6, 2).empty());
    BOOST_TEST(queue.take_unsent() == Tags{6});
    queue.learn(2);
    BOOST_TEST(add(7, 2) == Tags{7});
}

BOOST_FIXTURE_TEST_CASE(a_lower_limit_holds_for_those_that_wait_as_well, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 3);
    BOOST_TEST(add(4, 1).empty());
    BOOST_TEST(finish(1).empty());
    BOOST_TEST(finish(2).empty());
    BOOST_TEST(finish(3) == Tags{4});
}

BOOST_FIXTURE_TEST_CASE(a_higher_limit_starts_the_one_that_waits_longest, Fixture) {
    (void)add(1, 1);
    BOOST_TEST(add(2, 1).empty());
    BOOST_TEST(add(3, 2) == Tags{2});
    BOOST_TEST(finish(1) == Tags{3});
}

BOOST_FIXTURE_TEST_CASE(deliveries_that_wait_for_too_long_come_back, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 1);
    now += milliseconds{100};
    (void)add(4, 1);
    queue.expire(now);
    BOOST_TEST(queue.take_unsent().empty());
    now += milliseconds{50};
    queue.expire(now);
    BOOST_TEST((queue.take_unsent() == Tags{2, 3}));
    now += milliseconds{51};
    BOOST_TEST(finish(1).empty());  // it does not follow either
    BOOST_TEST(queue.take_unsent() == Tags{4});
    BOOST_TEST(queue.is_empty());
}

BOOST_FIXTURE_TEST_CASE(clearing_returns_all_that_wait, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 1);
    (void)add(8, 1, 8);
    (void)add(9, 1, 8);
    queue.clear();
    Tags unsent = queue.take_unsent();
    std::sort(unsent.begin(), unsent.end());
    BOOST_TEST((unsent == Tags{2, 3, 9}));
    BOOST_TEST(queue.is_empty());
    BOOST_TEST(finish(1).empty());
}

BOOST_FIXTURE_TEST_CASE(an_unknown_tag_changes_nothing, Fixture) {
    (void)add(1, 1);
    (void)add(2, 1);
    BOOST_TEST(finish(99, Feedback::kFailure).empty());
    BOOST_TEST(finish(1) == Tags{2});
}
