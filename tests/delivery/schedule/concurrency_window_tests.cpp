#define BOOST_TEST_MODULE concurrency_window
#include "delivery/schedule/concurrency_window.hpp"

#include <boost/test/unit_test.hpp>

using delivery::Clock;
using delivery::ConcurrencyWindow;
using delivery::Feedback;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr unsigned kMost = 20;

// A window, and a clock that only requests move.
struct Fixture {
    ConcurrencyWindow window{kMost};
    Clock::time_point now{seconds{1000}};

    // A request that takes a second.
    void request(Feedback feedback, Clock::duration pause = {}) {
        window.start();
        const auto started = now;
        now += seconds{1};
        window.finish(feedback, started, now, pause);
    }
    [[nodiscard]] auto throttled_for() const {
        return std::chrono::duration_cast<seconds>(window.throttled_until() - now).count();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(it_begins_with_a_few, Fixture) {
    BOOST_TEST(window.size() == ConcurrencyWindow::kFirstWindow);
    BOOST_TEST(ConcurrencyWindow(2).size() == 2U);
    BOOST_TEST(!window.is_healthy());
    for (unsigned i = 0; i < ConcurrencyWindow::kFirstWindow; ++i) {
        BOOST_TEST(window.has_room());
        window.start();
    }
    BOOST_TEST(!window.has_room());
    BOOST_TEST(window.room() == 0U);
}

BOOST_FIXTURE_TEST_CASE(successes_widen_it_up_to_the_limit, Fixture) {
    for (unsigned i = 1; i <= 2 * kMost; ++i) {
        request(Feedback::kSuccess);
        BOOST_TEST(window.size() == std::min(ConcurrencyWindow::kFirstWindow + i, kMost));
    }
    BOOST_TEST(window.is_healthy());
    BOOST_TEST(window.in_flight() == 0U);
}

BOOST_FIXTURE_TEST_CASE(answers_that_are_failures_narrow_it_but_never_throttle, Fixture) {
    request(Feedback::kFailure);
    request(Feedback::kFailure);
    BOOST_TEST(window.size() == ConcurrencyWindow::kFirstWindow);
    request(Feedback::kFailure);
    BOOST_TEST(window.size() == 1U);
    BOOST_TEST(!window.is_throttled(now));
    request(Feedback::kSuccess);
    BOOST_TEST(window.size() == 2U);
    BOOST_TEST(!window.failing());
}

BOOST_FIXTURE_TEST_CASE(a_slow_receiver_is_throttled_longer_and_longer_then_probed_by_one, Fixture) {
    for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
        request(Feedback::kSlow);
        BOOST_TEST(throttled_for() == expected);
        BOOST_TEST(window.size() == 1U);
        now = window.throttled_until();
        BOOST_TEST(!window.is_throttled(now));
    }
    for (unsigned size = 2; size <= 4; ++size) {
        request(Feedback::kSuccess);
        BOOST_TEST(window.size() == size);
    }
    request(Feedback::kSlow);
    BOOST_TEST(throttled_for() == 1);
}

BOOST_FIXTURE_TEST_CASE(it_is_throttled_for_as_long_as_it_asks, Fixture) {
    request(Feedback::kSlow, seconds{600});
    BOOST_TEST(throttled_for() == 600);
    // Later outcomes don't shorten that.
    request(Feedback::kSuccess);
    BOOST_TEST(throttled_for() == 599);
    request(Feedback::kSlow, seconds{10});
    BOOST_TEST(throttled_for() == 598);
}

BOOST_FIXTURE_TEST_CASE(once_opened_it_is_throttled_no_longer, Fixture) {
    request(Feedback::kSlow, seconds{600});
    window.open();
    BOOST_TEST(!window.is_throttled(now));
    BOOST_TEST(window.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_fresh_start_resets_all_but_the_requests_in_flight, Fixture) {
    window.start();
    request(Feedback::kSlow, seconds{600});
    window.start_afresh();
    BOOST_TEST(!window.is_throttled(now));
    BOOST_TEST(!window.failing());
    BOOST_TEST(window.size() == ConcurrencyWindow::kFirstWindow);
    BOOST_TEST(window.in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(failures_of_requests_in_flight_together_count_as_one, Fixture) {
    const auto started = now;
    for (int i = 0; i < 4; ++i) window.start();
    now += seconds{15};
    for (int i = 0; i < 4; ++i) window.finish(Feedback::kSlow, started, now);
    BOOST_TEST(throttled_for() == 1);
}

BOOST_FIXTURE_TEST_CASE(no_feedback_changes_nothing, Fixture) {
    request(Feedback::kNone);
    BOOST_TEST(window.size() == ConcurrencyWindow::kFirstWindow);
    BOOST_TEST(window.in_flight() == 0U);
    BOOST_TEST(!window.is_throttled(now));
}
