#define BOOST_TEST_MODULE ready_queues
#include "delivery/schedule/ready_queues.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using delivery::Clock;
using delivery::Host;
using delivery::ReadyQueues;
using delivery::WebhookQueue;
using std::chrono::seconds;

namespace {

constexpr unsigned kMost = 20;

struct Fixture {
    Host host{"a.example.com:443", kMost};
    ReadyQueues queues;
    Clock::time_point now{seconds{1000}};

    WebhookQueue queue(db::WebhookHealth health = db::WebhookHealth::kHealthy, model::Id account = 1) {
        return {{.webhook_id = 0, .account_id = account, .url = {}, .health = health}, &host, kMost};
    }
    std::optional<model::Id> next() {
        const auto anybody = [](model::Id) { return true; };
        return queues.next(anybody, anybody);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(queues_take_turns, Fixture) {
    WebhookQueue first = queue();
    WebhookQueue second = queue();
    queues.add(1, first);
    queues.add(2, second);
    BOOST_CHECK(first.state == WebhookQueue::State::kReady);
    BOOST_CHECK(next() == 1U);
    BOOST_CHECK(next() == 2U);
    BOOST_TEST(!next());
}

BOOST_FIXTURE_TEST_CASE(the_unhealthy_have_a_turn_after_each_of_the_others, Fixture) {
    std::vector<WebhookQueue> failing;
    std::vector<WebhookQueue> healthy;
    for (int i = 0; i < 2; ++i) {
        failing.push_back(queue(db::WebhookHealth::kFailing));
        healthy.push_back(queue());
    }
    for (model::Id n = 0; n < 2; ++n) {
        WebhookQueue& one = failing[n];
        BOOST_TEST(one.backlog.add(1, 1));
        queues.add(10 + n, one);
        BOOST_CHECK(one.state == WebhookQueue::State::kWaitingForSlot);
        queues.add(20 + n, healthy[n]);
    }
    BOOST_CHECK(next() == 10U);
    BOOST_CHECK(next() == 20U);
    BOOST_CHECK(next() == 11U);
    BOOST_CHECK(next() == 21U);
}

BOOST_FIXTURE_TEST_CASE(an_account_that_may_have_no_more_is_passed_over, Fixture) {
    WebhookQueue first = queue(db::WebhookHealth::kHealthy, 1);
    WebhookQueue second = queue(db::WebhookHealth::kHealthy, 2);
    queues.add(1, first);
    queues.add(2, second);
    const auto only_second = [](model::Id account) { return account == 2; };
    BOOST_CHECK(queues.next(only_second, only_second) == 2U);
    BOOST_TEST(!queues.next(only_second, only_second));
    BOOST_CHECK(next() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_throttled_queue_comes_back_when_its_time_has_come, Fixture) {
    WebhookQueue first = queue();
    WebhookQueue second = queue();
    BOOST_CHECK(queues.next_change() == Clock::time_point::max());
    queues.pause(1, first, now + seconds{2});
    queues.pause(2, second, now + seconds{1});
    BOOST_CHECK(queues.next_change() == now + seconds{1});
    BOOST_TEST(!queues.take_throttled(now));
    BOOST_CHECK(queues.take_throttled(now + seconds{2}) == 2U);
    BOOST_CHECK(queues.take_throttled(now + seconds{2}) == 1U);
    BOOST_TEST(!queues.take_throttled(now + seconds{2}));
}

BOOST_FIXTURE_TEST_CASE(a_removed_queue_is_idle_and_found_nowhere, Fixture) {
    WebhookQueue ready = queue();
    WebhookQueue throttled = queue();
    WebhookQueue at_host = queue();
    queues.add(1, ready);
    queues.pause(2, throttled, now);
    at_host.state = WebhookQueue::State::kWaitingForHost;
    host.waiting.push(at_host.account, model::Id{3});
    queues.remove(1, ready);
    queues.remove(2, throttled);
    queues.remove(3, at_host);
    for (const WebhookQueue* one : {&ready, &throttled, &at_host})
        BOOST_CHECK(one->state == WebhookQueue::State::kIdle);
    BOOST_TEST(!next());
    BOOST_TEST(!queues.take_throttled(now));
    BOOST_TEST(host.waiting.empty());
}
