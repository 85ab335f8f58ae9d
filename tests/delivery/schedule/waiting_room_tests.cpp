#define BOOST_TEST_MODULE waiting_room
#include "delivery/schedule/waiting_room.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

using delivery::Clock;
using delivery::Passage;
using delivery::Signal;
using delivery::WaitingRoom;
using std::chrono::milliseconds;
using Tags = std::vector<std::uint64_t>;

namespace {

struct Fixture {
    WaitingRoom room{milliseconds{100}};
    Clock::time_point now{std::chrono::seconds{1000}};

    // The tags of what is to be started, none or one.
    std::uint64_t news = 0;

    Tags enter(std::uint64_t tag, unsigned at_once, model::Id webhook = 7) {
        Passage passage{.tag = tag, .claim = {}, .at_once = at_once};
        passage.claim.key = {tag, webhook};
        return tags(room.enter(std::move(passage), now));
    }
    Tags leave(std::uint64_t tag, Signal signal = Signal::kSuccess) {
        return tags(room.leave(tag, signal, ++news, now));
    }
    static Tags tags(const std::optional<Passage>& passage) { return passage ? Tags{passage->tag} : Tags{}; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(as_many_go_at_once_as_was_said, Fixture) {
    BOOST_TEST(enter(1, 2) == Tags{1});
    BOOST_TEST(enter(2, 2) == Tags{2});
    BOOST_TEST(room.is_empty());
    BOOST_TEST(enter(3, 2).empty());
    BOOST_TEST(enter(4, 2).empty());
    BOOST_TEST(!room.is_empty());
    BOOST_TEST(enter(5, 1, 8) == Tags{5});  // another webhook
}

BOOST_FIXTURE_TEST_CASE(the_next_follows_one_that_succeeded, Fixture) {
    for (std::uint64_t tag = 1; tag <= 4; ++tag) (void)enter(tag, 2);
    BOOST_TEST(leave(2) == Tags{3});
    BOOST_TEST(leave(1) == Tags{4});
    BOOST_TEST(room.is_empty());
    BOOST_TEST(leave(3).empty());
    BOOST_TEST(leave(4).empty());
    BOOST_TEST(room.take_unsent().empty());
    BOOST_TEST(enter(9, 1) == Tags{9});
}

BOOST_FIXTURE_TEST_CASE(after_one_that_failed_the_others_come_back, Fixture) {
    for (std::uint64_t tag = 1; tag <= 5; ++tag) (void)enter(tag, 2);
    (void)enter(8, 1, 8);
    BOOST_TEST(enter(9, 1, 8).empty());
    BOOST_TEST(leave(1, Signal::kFailure).empty());
    BOOST_TEST((room.take_unsent() == Tags{3, 4, 5}));
    BOOST_TEST(room.take_unsent().empty());
    BOOST_TEST(leave(2).empty());
    BOOST_TEST(leave(8) == Tags{9});  // another webhook's is not concerned
}

BOOST_FIXTURE_TEST_CASE(a_slow_one_is_let_alone_by_those_who_do_not_know_yet, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)enter(tag, 2);
    BOOST_TEST(leave(1, Signal::kSlow).empty());
    BOOST_TEST(room.take_unsent() == Tags{3});
    BOOST_TEST(enter(4, 2).empty());
    BOOST_TEST(enter(5, 2).empty());
    BOOST_TEST((room.take_unsent() == Tags{4, 5}));
    BOOST_TEST(enter(8, 2, 8) == Tags{8});  // another webhook is not concerned
    BOOST_TEST(leave(2, Signal::kSlow).empty());
    room.learn(1);
    BOOST_TEST(enter(6, 2).empty());
    BOOST_TEST(room.take_unsent() == Tags{6});
    room.learn(2);
    BOOST_TEST(enter(7, 2) == Tags{7});
}

BOOST_FIXTURE_TEST_CASE(fewer_at_once_hold_for_those_that_wait_as_well, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)enter(tag, 3);
    BOOST_TEST(enter(4, 1).empty());
    BOOST_TEST(leave(1).empty());
    BOOST_TEST(leave(2).empty());
    BOOST_TEST(leave(3) == Tags{4});
}

BOOST_FIXTURE_TEST_CASE(more_at_once_let_the_one_go_that_waits_longest, Fixture) {
    (void)enter(1, 1);
    BOOST_TEST(enter(2, 1).empty());
    BOOST_TEST(enter(3, 2) == Tags{2});
    BOOST_TEST(leave(1) == Tags{3});
}

BOOST_FIXTURE_TEST_CASE(what_has_waited_for_too_long_comes_back, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)enter(tag, 1);
    now += milliseconds{100};
    (void)enter(4, 1);
    room.expire(now);
    BOOST_TEST(room.take_unsent().empty());
    now += milliseconds{50};
    room.expire(now);
    BOOST_TEST((room.take_unsent() == Tags{2, 3}));
    now += milliseconds{51};
    BOOST_TEST(leave(1).empty());  // nor does it follow
    BOOST_TEST(room.take_unsent() == Tags{4});
    BOOST_TEST(room.is_empty());
}

BOOST_FIXTURE_TEST_CASE(clearing_sends_back_all_that_waits, Fixture) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) (void)enter(tag, 1);
    (void)enter(8, 1, 8);
    (void)enter(9, 1, 8);
    room.clear();
    Tags unsent = room.take_unsent();
    std::sort(unsent.begin(), unsent.end());
    BOOST_TEST((unsent == Tags{2, 3, 9}));
    BOOST_TEST(room.is_empty());
    BOOST_TEST(leave(1).empty());
}

BOOST_FIXTURE_TEST_CASE(a_tag_that_is_not_known_changes_nothing, Fixture) {
    (void)enter(1, 1);
    (void)enter(2, 1);
    BOOST_TEST(leave(99, Signal::kFailure).empty());
    BOOST_TEST(leave(1) == Tags{2});
}
