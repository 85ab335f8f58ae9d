// Ordered webhooks with the scanner, the scheduler and a model of the database: whatever requests do, and
// whenever workers die, each webhook gets its events one at a time and in order, and none is forgotten.
#define BOOST_TEST_MODULE order
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "delivery/scan/due_scanner.hpp"
#include "tests/support/fake_due_queue.hpp"

using db::DeliveryKey;
using delivery::Clock;
using delivery::DueScanner;
using delivery::Feedback;
using delivery::Scheduler;
using delivery::WebhookAdmission;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kLease{3};
constexpr model::Id kWebhooks = 4;

// The database, as far as claims are concerned.
struct Database : testing::FakeDueQueue {
    std::map<model::Id, model::Id> claimed_last;
    std::map<DeliveryKey, Clock::time_point> leases;
    std::map<model::Id, std::vector<model::Id>> claims;  // the events of each webhook, repeats in a row once

    bool is_unfinished(const DeliveryKey& key) const {
        return std::ranges::any_of(due_at, [&](const auto& one) { return one.first == key; });
    }
    void schedule(const DeliveryKey& key, Clock::time_point at) {
        remove(key);
        add(key, at);
        due_at[key] = at;
    }
    void end(const DeliveryKey& key) {
        remove(key);
        due_at.erase(key);
    }
    Clock::duration leased_for(const DeliveryKey& key) const {
        const auto lease = leases.find(key);
        return lease == leases.end() ? Clock::duration{} : std::max(lease->second - now, Clock::duration{});
    }

    std::map<DeliveryKey, Clock::time_point> due_at;
};

struct Worker {
    explicit Worker(Database& database) : queue(database) { scanner.start(queue.now); }

    Database& queue;
    Scheduler scheduler{{.in_flight = 100,
                         .per_host = 50,
                         .per_webhook = 5,
                         .queues = 10,
                         .waiting_of_one = 3,
                         .prefetched = 20}};
    WebhookAdmission admission{scheduler, 1};
    DueScanner scanner{scheduler, admission, milliseconds{100}, [this] { return queue.now; }};
    std::vector<DeliveryKey> in_flight;

    void work() {
        for (int rounds = 0; rounds < 50; ++rounds) {
            const bool more = scanner.scan(queue, queue.now);
            const auto picked = scheduler.pick(queue.now, 100);
            for (const DeliveryKey& key : picked) claim(key);
            if (!more && picked.empty() && !scheduler.wants_refill()) return;
        }
        BOOST_FAIL("it is busy without end");
    }
    // See sql/deliveries/delivery_order.hpp.
    void claim(const DeliveryKey& key) {
        const auto due = queue.due_at.find(key);
        if (due == queue.due_at.end() || due->second > queue.now) return scheduler.give_up(key, queue.now);
        if (const auto time = queue.leased_for(key); time.count() > 0) {
            scheduler.give_up(key, queue.now);
            return scheduler.wait_for_others(key, queue.now, time);
        }
        const DeliveryKey last{queue.claimed_last[key.webhook_id], key.webhook_id};
        if (last != key && queue.is_unfinished(last) && (last < key || queue.leased_for(last).count() > 0)) {
            const auto time = std::max(queue.leased_for(last), queue.due_at[last] - queue.now);
            scheduler.give_up(key, queue.now);
            return scheduler.wait_in_order(key.webhook_id, last.event_id, queue.now, time);
        }
        queue.claimed_last[key.webhook_id] = key.event_id;
        queue.leases[key] = queue.now + kLease;
        auto& claims = queue.claims[key.webhook_id];
        if (claims.empty() || claims.back() != key.event_id) claims.push_back(key.event_id);
        in_flight.push_back(key);
        std::map<model::Id, int> at_once;
        for (const DeliveryKey& one : in_flight) BOOST_REQUIRE(++at_once[one.webhook_id] == 1);
    }
    void finish(const DeliveryKey& key, Feedback feedback) {
        scheduler.finish(key, feedback, Feedback::kSuccess, queue.now);
        queue.leases.erase(key);
        std::erase(in_flight, key);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(events_go_one_at_a_time_and_in_order_whatever_happens) {
    for (unsigned seed = 0; seed < 60; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            const auto one_in = [&](unsigned n) { return random() % n == 0; };
            Database database;
            for (model::Id webhook = 1; webhook <= kWebhooks; ++webhook) database.ordered.insert(webhook);
            auto worker = std::make_unique<Worker>(database);
            model::Id event = 0;
            const model::Id last_event = 300;
            for (int step = 0; step < 20'000; ++step) {
                database.now += milliseconds{random() % 100};
                if (event < last_event && one_in(4)) {
                    database.schedule({++event, 1 + random() % kWebhooks}, database.now);
                    if (one_in(2)) worker->scanner.wake_up();
                }
                if (!worker->in_flight.empty() && !one_in(3)) {
                    const DeliveryKey key = worker->in_flight[random() % worker->in_flight.size()];
                    if (one_in(4)) {
                        database.schedule(key, database.now + milliseconds{random() % 20'000});
                        worker->finish(key, one_in(2) ? Feedback::kSlow : Feedback::kFailure);
                    } else {
                        database.end(key);
                        worker->finish(key, one_in(10) ? Feedback::kFailure : Feedback::kSuccess);
                    }
                }
                if (one_in(300)) worker = std::make_unique<Worker>(database);  // the former one was killed
                if (one_in(300)) worker->scheduler.forget_waiting(), worker->scanner.restart_full_scan();
                worker->work();
                if (event == last_event && database.due_at.empty()) break;
            }
            BOOST_TEST(event == last_event);
            BOOST_TEST(database.due_at.size() == 0U);
            for (const auto& [webhook, claims] : database.claims) {
                BOOST_TEST(std::is_sorted(claims.begin(), claims.end()));
            }
        }
    }
}
