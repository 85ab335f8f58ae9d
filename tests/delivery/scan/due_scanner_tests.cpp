#define BOOST_TEST_MODULE due_scanner
#include "delivery/scan/due_scanner.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_due_queue.hpp"

using delivery::Clock;
using delivery::DueScanner;
using delivery::Feedback;
using delivery::Scheduler;
using delivery::WebhookAdmission;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::size_t kPlenty = 10'000;
constexpr model::Id kWebhook = 7;
constexpr milliseconds kPoll{250};
constexpr milliseconds kRest{20};  // the longest rest of a recent scan

struct Fixture {
    testing::FakeDueQueue queue;
    Scheduler scheduler{
        {.in_flight = 1000, .per_host = 500, .per_webhook = 20, .queues = 4, .waiting_of_one = kPlenty}};
    WebhookAdmission admission{scheduler, 1};
    DueScanner scanner{scheduler, admission, kPoll, [this] { return queue.now; }};
    model::Id next_event = 1;

    // The first scans have ended, and the scanner rests.
    Fixture() {
        scanner.start(queue.now);
        pass(kRest);
    }

    bool scan() { return scanner.scan(queue, queue.now); }
    // Scans until there is nothing more to do at once.
    void settle() {
        while (scan()) continue;
    }
    // Lets time pass and scans when it is time, like the dispatcher without wakeups.
    void pass(Clock::duration time) {
        const auto until = queue.now + time;
        while (scanner.next_scan() <= until) {
            queue.now = std::max(queue.now, scanner.next_scan());
            settle();
        }
        queue.now = until;
    }
    void add(int count, model::Id webhook = kWebhook) {
        for (int i = 0; i < count; ++i) queue.add({next_event++, webhook});
    }
    // Adds a delivery whose transaction took that long to commit.
    void add_late(Clock::duration late) { queue.add({next_event++, kWebhook}, queue.now - late); }
    std::size_t found() const { return scheduler.waiting(); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(deliveries_due_before_the_start_are_found, Fixture) {
    queue.add({1, kWebhook}, queue.now - std::chrono::hours{1});
    scanner.start(queue.now);
    pass(kRest);
    BOOST_TEST(found() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_wakeup_finds_new_deliveries, Fixture) {
    pass(milliseconds{10});
    add(3);
    scan();
    BOOST_TEST(found() == 0U);
    scanner.wake_up();
    BOOST_TEST((scanner.next_scan() <= queue.now));
    scan();
    BOOST_TEST(found() == 3U);
    BOOST_TEST(!scanner.is_awake());
}

BOOST_FIXTURE_TEST_CASE(a_poll_finds_new_deliveries_without_a_wakeup, Fixture) {
    add(3);
    pass(kPoll);
    BOOST_TEST(found() == 3U);
}

BOOST_FIXTURE_TEST_CASE(late_commits_are_found_by_the_scan_that_looks_back_far_enough, Fixture) {
    pass(seconds{10});
    add_late(milliseconds{200});
    scanner.wake_up();
    scan();
    BOOST_TEST(found() == 1U);

    pass(seconds{10});
    add_late(seconds{3});
    pass(kPoll / 2);
    BOOST_TEST(found() == 1U);
    pass(seconds{1});
    BOOST_TEST(found() == 2U);

    add_late(minutes{10});
    pass(seconds{2});
    BOOST_TEST(found() == 2U);
    pass(minutes{1});
    BOOST_TEST(found() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_full_scan_can_be_requested, Fixture) {
    add_late(minutes{10});
    scanner.scan_everything();
    settle();
    BOOST_TEST(found() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_restarted_full_scan_finds_what_it_had_passed_over, Fixture) {
    for (int i = 0; i < 1000; ++i) add_late(minutes{10});
    scanner.scan_everything();
    (void)scan();
    BOOST_TEST(found() == 200U);  // a page
    scheduler.forget_waiting();
    scanner.restart_full_scan();
    pass(seconds{1});
    BOOST_TEST(found() == 1000U);
}

// The recent scan reads each delivery about once, however many are due.
BOOST_FIXTURE_TEST_CASE(waiting_deliveries_are_not_read_again_and_again, Fixture) {
    add(400);
    pass(seconds{120});
    const std::size_t before = queue.rows_read;
    for (int i = 0; i < 10; ++i) {
        queue.now += kRest;
        add(1);
        scanner.wake_up();
        settle();
    }
    BOOST_TEST(found() == 410U);
    BOOST_TEST(queue.rows_read - before <= 10U * 11U);
}

BOOST_FIXTURE_TEST_CASE(a_burst_is_read_in_parts, Fixture) {
    queue.cost = milliseconds{3};
    queue.now += kRest;
    add(5000);
    scanner.wake_up();
    BOOST_TEST(scan());
    BOOST_TEST(found() > 0U);
    BOOST_TEST(found() < 5000U);
    settle();
    BOOST_TEST(found() == 5000U);
}

BOOST_FIXTURE_TEST_CASE(new_deliveries_do_not_wait_for_the_end_of_a_burst, Fixture) {
    queue.cost = milliseconds{100};
    queue.now += kRest;
    add(9000, 1);
    scanner.wake_up();
    for (int i = 0; i < 4; ++i) (void)scan();
    BOOST_TEST(found() < 5000U);
    queue.now += milliseconds{300};
    add(1, 2);
    scanner.wake_up();
    for (int i = 0; i < 2; ++i) (void)scan();
    BOOST_TEST(scheduler.knows(2));
    settle();
    BOOST_TEST(found() == 9001U);
}

BOOST_FIXTURE_TEST_CASE(scans_rest_in_proportion_to_their_time, Fixture) {
    queue.cost = milliseconds{2};
    scanner.wake_up();
    settle();
    const auto end = queue.now;
    scanner.wake_up();
    BOOST_TEST((scanner.next_scan() > end));
    BOOST_TEST((scanner.next_scan() <= end + kRest));
    const std::size_t before = queue.scans;
    (void)scan();
    BOOST_TEST(queue.scans == before);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_without_room_is_found_once_there_is_room, Fixture) {
    for (model::Id webhook = 1; webhook <= 5; ++webhook) add(1, webhook);
    scanner.wake_up();
    settle();
    BOOST_TEST(scheduler.queues() == 4U);
    BOOST_TEST(queue.lookups == 1U);
    scanner.wake_up();
    pass(seconds{1});
    BOOST_TEST(queue.lookups == 1U);  // it is remembered as turned away

    for (int round = 0; round < 3; ++round) {
        for (const db::DeliveryKey& key : scheduler.pick(queue.now, kPlenty)) {
            queue.remove(key);
            scheduler.finish(key, Feedback::kSuccess, Feedback::kSuccess, queue.now);
        }
    }
    BOOST_TEST(scheduler.queues() == 0U);
    settle();
    BOOST_TEST(scheduler.knows(5));
}

BOOST_FIXTURE_TEST_CASE(the_refills_of_the_scheduler_are_read, Fixture) {
    Scheduler small({.in_flight = 100, .per_host = 50, .per_webhook = 5, .queues = 10, .waiting_of_one = 20});
    WebhookAdmission its_admission(small, 1);
    DueScanner its_scanner(small, its_admission, kPoll, [this] { return queue.now; });
    its_scanner.start(queue.now);
    add(60);
    while (its_scanner.scan(queue, queue.now)) continue;
    BOOST_TEST(small.waiting() == 20U);
    std::size_t sent = 0;
    for (int round = 0; round < 100 && sent < 60; ++round) {
        for (const db::DeliveryKey& key : small.pick(queue.now, kPlenty)) {
            queue.remove(key);
            small.finish(key, Feedback::kSuccess, Feedback::kSuccess, queue.now);
            ++sent;
        }
        while (its_scanner.scan(queue, queue.now)) continue;
    }
    BOOST_TEST(sent == 60U);
}

BOOST_FIXTURE_TEST_CASE(a_refill_that_fails_is_repeated, Fixture) {
    Scheduler small({.in_flight = 100, .per_host = 50, .per_webhook = 5, .queues = 10, .waiting_of_one = 5});
    WebhookAdmission its_admission(small, 1);
    DueScanner its_scanner(small, its_admission, kPoll, [this] { return queue.now; });
    its_scanner.start(queue.now);
    add(10);
    while (its_scanner.scan(queue, queue.now)) continue;
    for (const db::DeliveryKey& key : small.pick(queue.now, kPlenty)) queue.remove(key);
    BOOST_TEST(small.wants_refill());
    queue.is_away = true;
    BOOST_CHECK_THROW((void)its_scanner.scan(queue, queue.now), db::Error);
    queue.is_away = false;
    (void)small.pick(queue.now, kPlenty);
    BOOST_TEST(small.wants_refill());
    while (its_scanner.scan(queue, queue.now)) continue;
    BOOST_TEST(small.waiting() != 0U);
}
