#define BOOST_TEST_MODULE counters
#include "sql/events/counters.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sql/connection/retry.hpp"
#include "sql/connection/schema.hpp"
#include "tests/support/test_database.hpp"

namespace {

const model::Owner kAccount{1, std::nullopt};
const model::Owner kTarget{1, 11};
const model::Owner kOtherTarget{1, 12};
const model::Owner kOtherAccount{11, std::nullopt};  // the same number as the target's
constexpr std::string_view kScan = "scan_started";
constexpr std::string_view kFinding = "finding_fixed";

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};

    Fixture() { db::migrate(connection); }

    void change(db::Connection& through, const std::vector<db::CounterChange>& changes) {
        db::Transaction transaction(through);
        db::change_counters(through, changes);
        transaction.commit();
    }
    void change(const std::vector<db::CounterChange>& changes) { change(connection, changes); }

    std::uint64_t events(const model::Owner& owner, const std::optional<std::string>& type = std::nullopt) {
        return db::count_events(connection, owner, type);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(counters_begin_at_zero, Fixture) {
    change({});
    BOOST_TEST(db::count_webhooks(connection, kAccount) == 0U);
    BOOST_TEST(events(kTarget) == 0U);
    BOOST_TEST(events(kTarget, "scan_started") == 0U);
}

BOOST_FIXTURE_TEST_CASE(webhooks_count_for_their_owner_alone, Fixture) {
    change({{kTarget, db::kWebhookCounter}, {kTarget, db::kWebhookCounter}, {kAccount, db::kWebhookCounter}});
    BOOST_TEST(db::count_webhooks(connection, kTarget) == 2U);
    BOOST_TEST(db::count_webhooks(connection, kAccount) == 1U);
    BOOST_TEST(db::count_webhooks(connection, kOtherTarget) == 0U);
    BOOST_TEST(db::count_webhooks(connection, kOtherAccount) == 0U);
    change({{kTarget, db::kWebhookCounter, -1}});
    BOOST_TEST(db::count_webhooks(connection, kTarget) == 1U);
    BOOST_TEST(events(kTarget) == 0U);
}

BOOST_FIXTURE_TEST_CASE(events_count_for_target_and_account, Fixture) {
    change({{kTarget, kScan}, {kTarget, kFinding, 3}, {kOtherTarget, kScan}, {kAccount, "user_created"}});
    BOOST_TEST(events(kTarget) == 4U);
    BOOST_TEST(events(kTarget, "scan_started") == 1U);
    BOOST_TEST(events(kTarget, "finding_fixed") == 3U);
    BOOST_TEST(events(kTarget, "user_created") == 0U);
    BOOST_TEST(events(kOtherTarget) == 1U);
    BOOST_TEST(events(kAccount) == 6U);
    BOOST_TEST(events(kAccount, "scan_started") == 2U);
    BOOST_TEST(events(kOtherAccount) == 0U);
    BOOST_TEST(db::count_webhooks(connection, kTarget) == 0U);
}

BOOST_FIXTURE_TEST_CASE(one_connection_may_subtract_what_another_has_added, Fixture) {
    std::vector<db::Connection> connections;
    for (int i = 0; i < 20; ++i) connections.emplace_back(schema.settings());
    for (db::Connection& other : connections) change(other, {{kTarget, db::kWebhookCounter}});
    for (int i = 0; i < 15; ++i) change({{kTarget, db::kWebhookCounter, -1}});
    BOOST_TEST(db::count_webhooks(connection, kTarget) == 5U);
}

BOOST_FIXTURE_TEST_CASE(a_change_goes_with_its_transaction, Fixture) {
    {
        const db::Transaction transaction(connection);
        db::change_counters(connection, {{kTarget, kScan}});
    }
    BOOST_TEST(events(kTarget) == 0U);
}

BOOST_FIXTURE_TEST_CASE(many_at_once_lose_nothing_and_never_deadlock, Fixture) {
    constexpr int kThreads = 12;
    constexpr int kRounds = 60;
    std::atomic<int> deadlocks = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            db::Connection own(schema.settings());
            for (int round = 0; round < kRounds; ++round) {
                const db::CounterChange one{thread % 2 == 0 ? kTarget : kOtherTarget, kScan};
                const db::CounterChange two{thread % 3 == 0 ? kTarget : kAccount, kFinding};
                try {
                    change(own, round % 2 == 0 ? std::vector{one, two} : std::vector{two, one});
                } catch (const db::Error&) {
                    ++deadlocks;
                }
            }
        });
    }
    threads.clear();
    BOOST_TEST(deadlocks == 0);
    BOOST_TEST(events(kAccount, "scan_started") == kThreads * kRounds);
    BOOST_TEST(events(kAccount, "finding_fixed") == kThreads * kRounds);
    BOOST_TEST(events(kTarget, "scan_started") + events(kOtherTarget, "scan_started") == kThreads * kRounds);
}
