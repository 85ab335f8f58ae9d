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
constexpr milliseconds kRest{20};  // at most, of a recent scan

struct Fixture {
    testing::FakeDueQueue queue;
    Scheduler scheduler{
        {.in_flight = 1000, .per_host = 500, .per_webhook = 20, .queues = 4, .waiting_of_one = kPlenty}};
    WebhookAdmission admission{scheduler, 1};
    DueScanner scanner{scheduler, admission, kPoll, [this] { return queue.now; }};
    model::Id next_event = 1;

    // What is due at the start has been looked at, and the scanner rests.
    Fixture() {
        scanner.start(queue.now);
        pass(kRest);
    }

    bool scan() { return scanner.scan(queue, queue.now); }
    // Scans until nothing is to be done at once.
    void settle() {
        while (scan()) continue;
    }
    // As the dispatcher does it when nothing happens.
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
    // A delivery that should have been seen so long ago, because its transaction took that long to commit.
    void add_late(Clock::duration late) { queue.add({next_event++, kWebhook}, queue.now - late); }
    std::size_t found() const { return scheduler.waiting(); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_was_due_before_is_found_at_the_start, Fixture) {
    queue.add({1, kWebhook}, queue.now - std::chrono::hours{1});
    scanner.start(queue.now);
    pass(kRest);
    BOOST_TEST(found() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_new_is_found_when_it_is_woken, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(what_is_new_is_found_by_the_poll_without_that, Fixture) {
    add(3);
    pass(kPoll);
    BOOST_TEST(found() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_was_committed_late_is_found_by_the_scan_that_looks_back_far_enough, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(everything_is_looked_at_when_it_is_asked_to, Fixture) {
    add_late(minutes{10});
    scanner.scan_everything();
    settle();
    BOOST_TEST(found() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_full_scan_that_starts_again_sees_what_it_has_passed_over, Fixture) {
    for (int i = 0; i < 1000; ++i) add_late(minutes{10});
    scanner.scan_everything();
    (void)scan();
    BOOST_TEST(found() == 200U);  // a page
    scheduler.forget_waiting();
    scanner.restart_full_scan();
    pass(seconds{1});
    BOOST_TEST(found() == 1000U);
}

// However much is due, each delivery is looked at about once by the recent scan.
BOOST_FIXTURE_TEST_CASE(what_waits_is_not_read_again_and_again, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(what_is_new_does_not_wait_for_the_end_of_a_burst, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(scans_rest_as_they_take_time, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(a_webhook_that_found_no_room_is_found_once_there_is_some, Fixture) {
    for (model::Id webhook = 1; webhook <= 5; ++webhook) add(1, webhook);
    scanner.wake_up();
    settle();
    BOOST_TEST(scheduler.queues() == 4U);
    BOOST_TEST(queue.lookups == 1U);
    scanner.wake_up();
    pass(seconds{1});
    BOOST_TEST(queue.lookups == 1U);  // it is known to find none

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

BOOST_FIXTURE_TEST_CASE(what_the_scheduler_wants_of_one_webhook_is_read, Fixture) {
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

BOOST_FIXTURE_TEST_CASE(a_question_that_fails_is_asked_again, Fixture) {
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
