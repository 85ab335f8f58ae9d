#define BOOST_TEST_MODULE back_off
#include "delivery/schedule/back_off.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace std::chrono_literals;
using delivery::is_given_up;
using delivery::next_delay;

namespace {

constexpr double kMiddle = 0.5;
constexpr double kAlmostOne = 0.9999999;

// Delays are computed in floating point, so a millisecond may be lost.
bool is_near(std::chrono::milliseconds delay, std::chrono::milliseconds expected) {
    return std::abs((delay - expected).count()) <= 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(delays_double_up_to_four_hours) {
    constexpr std::chrono::milliseconds kExpected[] = {30s,   60s,   120s,  240s,   480s,  960s,
                                                       1920s, 3840s, 7680s, 14400s, 14400s};
    unsigned retry = 0;
    for (const auto expected : kExpected) {
        BOOST_TEST(is_near(next_delay(++retry, {}, kMiddle), expected), retry);
    }
    for (const unsigned late : {12U, 31U, 32U, 33U, 64U, 65U, 1000U, 4294967295U}) {
        BOOST_TEST(is_near(next_delay(late, {}, kMiddle), 4h), late);
    }
}

BOOST_AUTO_TEST_CASE(jitter_is_a_tenth_either_way) {
    BOOST_TEST(is_near(next_delay(1, {}, 0), 27s));
    BOOST_TEST(is_near(next_delay(1, {}, kAlmostOne), 33s));
    BOOST_TEST(is_near(next_delay(20, {}, 0), 3h + 36min));
    BOOST_TEST(next_delay(20, {}, kAlmostOne) <= 4h + 24min);
    for (double random = 0; random < 1; random += 0.01) {
        const auto delay = next_delay(2, {}, random);
        BOOST_TEST((delay >= 54s - 1ms && delay <= 66s), random);
    }
}

BOOST_AUTO_TEST_CASE(a_receiver_may_ask_for_later) {
    BOOST_TEST((next_delay(1, 90s, kMiddle) == 90s));
    BOOST_TEST((next_delay(1, 3h, kMiddle) == 3h));
    // Not for sooner, and not for more than four hours.
    BOOST_TEST(is_near(next_delay(1, 29s, kMiddle), 30s));
    BOOST_TEST(is_near(next_delay(1, 0s, kMiddle), 30s));
    BOOST_TEST((next_delay(1, 4h + 1s, kMiddle) == 4h));
    BOOST_TEST((next_delay(1, 1000000000s, 0) == 4h));
    BOOST_TEST(next_delay(20, 1000000000s, kAlmostOne) > 4h);
}

BOOST_AUTO_TEST_CASE(after_two_days_there_is_no_retry) {
    BOOST_TEST(!is_given_up(0ms));
    BOOST_TEST(!is_given_up(48h - 1ms));
    BOOST_TEST(is_given_up(48h));
    BOOST_TEST(is_given_up(1000h));
}
