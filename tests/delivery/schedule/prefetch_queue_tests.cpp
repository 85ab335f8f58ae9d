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

    // Both: the tags of what is to be started, none or one.
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

BOOST_FIXTURE_TEST_CASE(as_many_go_at_once_as_was_said, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(after_one_that_failed_the_others_come_back, Fixture) {
    for (std::uint64_t tag = 1; tag <= 5; ++tag) (void)add(tag, 2);
    (void)add(8, 1, 8);
    BOOST_TEST(add(9, 1, 8).empty());
    BOOST_TEST(finish(1, Feedback::kFailure).empty());
    BOOST_TEST((queue.take_unsent() == Tags{3, 4, 5}));
    BOOST_TEST(queue.take_unsent().empty());
    BOOST_TEST(finish(2).empty());
    BOOST_TEST(finish(8) == Tags{9});  // another webhook's is not concerned
}

BOOST_FIXTURE_TEST_CASE(a_slow_one_is_let_alone_by_those_who_do_not_know_yet, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 2);
    BOOST_TEST(finish(1, Feedback::kSlow).empty());
    BOOST_TEST(queue.take_unsent() == Tags{3});
    BOOST_TEST(add(4, 2).empty());
    BOOST_TEST(add(5, 2).empty());
    BOOST_TEST((queue.take_unsent() == Tags{4, 5}));
    BOOST_TEST(add(8, 2, 8) == Tags{8});  // another webhook is not concerned
    BOOST_TEST(finish(2, Feedback::kSlow).empty());
    queue.learn(1);
    BOOST_TEST(add(6, 2).empty());
    BOOST_TEST(queue.take_unsent() == Tags{6});
    queue.learn(2);
    BOOST_TEST(add(7, 2) == Tags{7});
}

BOOST_FIXTURE_TEST_CASE(fewer_at_once_hold_for_those_that_wait_as_well, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 3);
    BOOST_TEST(add(4, 1).empty());
    BOOST_TEST(finish(1).empty());
    BOOST_TEST(finish(2).empty());
    BOOST_TEST(finish(3) == Tags{4});
}

BOOST_FIXTURE_TEST_CASE(more_at_once_let_the_one_go_that_waits_longest, Fixture) {
    (void)add(1, 1);
    BOOST_TEST(add(2, 1).empty());
    BOOST_TEST(add(3, 2) == Tags{2});
    BOOST_TEST(finish(1) == Tags{3});
}

BOOST_FIXTURE_TEST_CASE(what_has_waited_for_too_long_comes_back, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)add(tag, 1);
    now += milliseconds{100};
    (void)add(4, 1);
    queue.expire(now);
    BOOST_TEST(queue.take_unsent().empty());
    now += milliseconds{50};
    queue.expire(now);
    BOOST_TEST((queue.take_unsent() == Tags{2, 3}));
    now += milliseconds{51};
    BOOST_TEST(finish(1).empty());  // nor does it follow
    BOOST_TEST(queue.take_unsent() == Tags{4});
    BOOST_TEST(queue.is_empty());
}

BOOST_FIXTURE_TEST_CASE(clearing_sends_back_all_that_waits, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(a_tag_that_is_not_known_changes_nothing, Fixture) {
    (void)add(1, 1);
    (void)add(2, 1);
    BOOST_TEST(finish(99, Feedback::kFailure).empty());
    BOOST_TEST(finish(1) == Tags{2});
}
