#define BOOST_TEST_MODULE fresh_starts
#include "delivery/scan/fresh_starts.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_due_queue.hpp"

using delivery::FreshStarts;
using delivery::Scheduler;
using delivery::WebhookAdmission;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kInterval{250};

struct Fixture {
    testing::FakeDueQueue queue;
    Scheduler scheduler{{.queues = 10}};
    WebhookAdmission admission{scheduler, 1};
    FreshStarts fresh_starts{kInterval, queue.now};

    void step(milliseconds after = kInterval) {
        queue.now += after;
        fresh_starts.step(queue, admission, queue.now);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_webhook_that_starts_afresh_is_scheduled, Fixture) {
    queue.generations[7] = 5;
    step(kInterval - milliseconds{1});
    BOOST_TEST(!scheduler.knows(7));
    step(milliseconds{1});
    BOOST_TEST(scheduler.knows(7));
    BOOST_TEST(scheduler.generation_of(7) == 5U);
    BOOST_TEST((fresh_starts.next_look() == queue.now + kInterval));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_found_again_does_not_start_afresh_again, Fixture) {
    queue.generations[7] = 5;
    step();
    step();
    BOOST_TEST(queue.lookups == 1U);
    queue.generations[7] = 6;
    step();
    BOOST_TEST(queue.lookups == 2U);
    BOOST_TEST(scheduler.generation_of(7) == 6U);
}

BOOST_FIXTURE_TEST_CASE(deliveries_that_wait_for_a_later_try_are_made_due_in_parts, Fixture) {
    queue.generations[7] = 5;
    queue.waiting[7] = 1200;
    step();
    BOOST_TEST(queue.waiting[7] == 700U);
    BOOST_TEST(fresh_starts.has_more());
    step(milliseconds{0});
    step(milliseconds{0});
    BOOST_TEST(queue.waiting[7] == 0U);
    BOOST_TEST(!fresh_starts.has_more());
}

BOOST_FIXTURE_TEST_CASE(webhooks_of_other_workers_are_left_to_them, Fixture) {
    (void)admission.update_workers({1, 2});
    for (model::Id webhook = 1; webhook <= 100; ++webhook) {
        queue.urls[webhook] = "https://host" + std::to_string(webhook) + ".example.com/";
        queue.generations[webhook] = 5;
        queue.waiting[webhook] = 1;
    }
    for (int i = 0; i < 200; ++i) step();
    std::uint64_t left = 0;
    for (const auto& [webhook, count] : queue.waiting) left += count;
    BOOST_TEST(left > 0U);
    BOOST_TEST(left < 100U);
}

BOOST_FIXTURE_TEST_CASE(it_looks_back_over_the_time_that_the_database_was_away, Fixture) {
    step();
    BOOST_CHECK(queue.looked_back == kInterval + seconds{5});
    queue.is_away = true;
    BOOST_CHECK_THROW(step(), db::Error);
    queue.is_away = false;
    step(seconds{60});
    BOOST_CHECK(queue.looked_back == kInterval + seconds{65});
    step(hours{2});
    BOOST_CHECK(queue.looked_back == hours{1} + seconds{5});
}
