#define BOOST_TEST_MODULE shutdown
#include "delivery/dispatch/shutdown.hpp"

#include <poll.h>

#include <boost/test/unit_test.hpp>

using delivery::Clock;
using delivery::Shutdown;
using std::chrono::seconds;

BOOST_AUTO_TEST_CASE(a_request_is_readable_until_the_shutdown_begins) {
    Shutdown shutdown;
    const auto is_readable = [&shutdown] {
        pollfd polled{.fd = shutdown.descriptor(), .events = POLLIN, .revents = 0};
        return poll(&polled, 1, 0) == 1;
    };
    BOOST_TEST(!is_readable());
    BOOST_CHECK(shutdown.next_change() == Clock::time_point::max());
    shutdown.request();
    BOOST_TEST(is_readable());
    BOOST_TEST(!shutdown.has_begun());
    shutdown.begin(Clock::time_point{seconds{10}});
    BOOST_TEST(shutdown.has_begun());
    BOOST_TEST(!is_readable());
}

BOOST_AUTO_TEST_CASE(requests_are_cut_off_once_and_outcomes_get_some_time) {
    Shutdown shutdown;
    const Clock::time_point at{seconds{10}};
    shutdown.begin(at);
    BOOST_TEST(!shutdown.take_cut_off(at - seconds{1}));
    BOOST_CHECK(shutdown.next_change() == at);
    BOOST_TEST(shutdown.take_cut_off(at));
    BOOST_TEST(!shutdown.take_cut_off(at));
    BOOST_TEST(!shutdown.is_overdue(at + seconds{4}));
    BOOST_CHECK(shutdown.next_change() == at + seconds{5});
    BOOST_TEST(shutdown.is_overdue(at + seconds{5}));
}
