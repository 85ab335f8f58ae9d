#define BOOST_TEST_MODULE webhook_admission
#include "delivery/scan/webhook_admission.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/fake_due_queue.hpp"

using delivery::Scheduler;
using delivery::WebhookAdmission;

namespace {

constexpr std::uint64_t kOurs = 1;
constexpr std::uint64_t kOther = 2;
constexpr model::Id kWebhooks = 100;

struct Fixture {
    testing::FakeDueQueue queue;
    Scheduler scheduler{{.queues = kWebhooks}};
    WebhookAdmission admission{scheduler, kOurs};

    void admit(const db::DeliveryKey& key) { admission.admit(queue, {{"", key}}, queue.now); }
    // Admits a delivery of each of many webhooks, each with a host of its own.
    void admit_one_of_each() {
        std::vector<db::DueDelivery> due;
        for (model::Id webhook = 1; webhook <= kWebhooks; ++webhook) {
            queue.urls[webhook] = "https://host" + std::to_string(webhook) + ".example.com/";
            due.push_back({"", {1, webhook}});
        }
        admission.admit(queue, due, queue.now);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_webhook_is_looked_up_once, Fixture) {
    admit({1, 7});
    admit({2, 7});
    BOOST_TEST(queue.lookups == 1U);
    BOOST_TEST(scheduler.waiting() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_is_done_but_not_recorded_is_not_offered, Fixture) {
    admission.finish({1, 7});
    admit({1, 7});
    BOOST_TEST(scheduler.waiting() == 0U);
    admission.record({1, 7});
    admit({1, 7});
    BOOST_TEST(scheduler.waiting() == 1U);
}

BOOST_FIXTURE_TEST_CASE(webhooks_of_other_workers_are_left_to_them, Fixture) {
    BOOST_TEST(admission.update_workers({kOurs, kOther}));
    BOOST_TEST(!admission.update_workers({kOther, kOurs}));
    BOOST_TEST(admission.workers() == 2U);
    admit_one_of_each();
    const std::size_t ours = scheduler.queues();
    BOOST_TEST(ours > 0U);
    BOOST_TEST(ours < kWebhooks);
    admit_one_of_each();
    BOOST_TEST(queue.lookups == 1U);  // foreign webhooks are remembered

    // The other worker ends. The deliveries that wait are forgotten, and all webhooks are ours.
    BOOST_TEST(admission.update_workers({kOurs}));
    BOOST_TEST(scheduler.waiting() == 0U);
    admit_one_of_each();
    BOOST_TEST(scheduler.queues() == kWebhooks);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_moves_to_a_foreign_host_is_forgotten, Fixture) {
    admit({1, 7});
    admission.leave_to_others(7);
    BOOST_TEST(!scheduler.knows(7));
    admit({2, 7});
    BOOST_TEST(!scheduler.knows(7));
    admission.forget_others();
    admit({2, 7});
    BOOST_TEST(scheduler.knows(7));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_without_room_is_turned_away, Fixture) {
    admit_one_of_each();
    admit({1, kWebhooks + 1});
    BOOST_TEST(!scheduler.knows(kWebhooks + 1));
    BOOST_TEST(!admission.has_room_again());
    scheduler.forget_waiting();
    BOOST_TEST(admission.has_room_again());
    admission.forget_turned_away();
    BOOST_TEST(!admission.has_room_again());
    admit({1, kWebhooks + 1});
    BOOST_TEST(scheduler.knows(kWebhooks + 1));
}
