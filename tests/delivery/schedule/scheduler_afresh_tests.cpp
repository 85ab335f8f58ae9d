// The scheduler, when a webhook starts afresh or is forgotten.
#define BOOST_TEST_MODULE scheduler_afresh
#include <boost/test/unit_test.hpp>

#include "delivery/schedule/scheduler.hpp"
#include "tests/support/scheduler_fixture.hpp"

using delivery::Feedback;
using std::chrono::seconds;
using Fixture = testing::SchedulerFixture;

BOOST_FIXTURE_TEST_CASE(a_fresh_start_forgets_what_was_learnt, Fixture) {
    add(7);
    offer(7, 10);
    const auto first = pick();
    scheduler.finish(first[0], Feedback::kSlow, Feedback::kNone, now, seconds{14'400});
    finish({first.begin() + 1, first.end()}, Feedback::kNone, Feedback::kNone);
    BOOST_TEST(pick().empty());
    scheduler.start_afresh(7, testing::kHost, 2);
    BOOST_TEST(scheduler.generation_of(7) == 2U);
    BOOST_TEST(pick().size() == delivery::ConcurrencyWindow::kFirstWindow);
    // The database may have more deliveries of it.
    const auto wanted = scheduler.take_refills(10, now);
    BOOST_REQUIRE(wanted.size() == 1U);
    BOOST_TEST(!wanted[0].behind);
}

BOOST_FIXTURE_TEST_CASE(a_fresh_start_probes_the_host_at_once, Fixture) {
    add(7);
    add(8);
    offer(7, 2);
    offer(8, 2);
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    BOOST_TEST(pick().empty());
    scheduler.offer({100, 7});
    scheduler.start_afresh(7, testing::kHost, 2);
    const auto probe = pick();
    BOOST_REQUIRE(probe.size() == 1U);
    BOOST_TEST(probe[0].webhook_id == 7U);
    finish(probe, Feedback::kSlow, Feedback::kSlow);
    BOOST_TEST(pick().empty());
}

BOOST_FIXTURE_TEST_CASE(a_fresh_start_at_another_host_does_not_end_its_throttle, Fixture) {
    add(7, "dead");
    offer(7, 1);
    finish(pick(), Feedback::kSlow, Feedback::kSlow);
    add(8, "former");
    offer(8, 1);
    scheduler.start_afresh(8, "dead", 2);
    BOOST_TEST(pick().empty());
    now += seconds{2};
    BOOST_TEST(pick().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_webhook_goes_with_its_last_request, Fixture) {
    add(7);
    offer(7, 10);
    const auto picked = pick();
    scheduler.forget(7);
    BOOST_TEST(scheduler.waiting() == 0U);
    BOOST_TEST(pick().empty());
    BOOST_TEST(scheduler.knows(7));
    finish(picked, Feedback::kSlow, Feedback::kNone);
    scheduler.forget(7);
    BOOST_TEST(pick().empty());
    BOOST_TEST(!scheduler.knows(7));
}
