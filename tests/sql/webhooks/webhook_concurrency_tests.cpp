// Concurrent fan-outs, deletions and changes of the same webhooks, each on its own connection.
#define BOOST_TEST_MODULE webhook_concurrency
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "sql/connection/retry.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_store.hpp"
#include "sql/webhooks/recovery.hpp"
#include "sql/webhooks/test_event.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

constexpr int kWebhooks = 60;
// The server brings INNODB_TRX up to date if it has not been read for 100 ms.
constexpr std::chrono::milliseconds kCacheTime{150};

struct Fixture : testing::WebhookDatabase {
    db::Connection watch{schema.settings()};
    std::vector<model::Id> webhooks;
    std::atomic<int> transient = 0;
    std::atomic<int> faults = 0;

    void add_webhooks(const model::Owner& owner) {
        for (int i = 0; i < kWebhooks; ++i) webhooks.push_back(add_webhook(owner));
    }

    // Repeats the work after a deadlock, and counts the deadlocks.
    template <class Work>
    void persist(const Work& work) {
        for (;;) {
            try {
                return work();
            } catch (const db::Error& error) {
                if (!error.is(db::ErrorCategory::kRetry)) {
                    ++faults;
                    return;
                }
                ++transient;
            }
        }
    }

    std::jthread fan_out(int times) {
        return std::jthread([this, times] {
            db::Connection own(schema.settings());
            for (int i = 0; i < times; ++i) {
                persist([&] {
                    db::Transaction transaction(own);
                    db::record_event(own, {of_target(), "scan_started", "{}", {}});
                    transaction.commit();
                });
            }
        });
    }

    void test(db::Connection& own, model::Id webhook) {
        db::Transaction transaction(own);
        if (db::test_webhook(own, caller(), webhook, "scan_started")) transaction.commit();
    }

    void recover(db::Connection& own, model::Id webhook) {
        db::Recovery recovery("1970-01-01T00:00:00.000000Z", std::nullopt);
        (void)recovery.run(own, of_target(), webhook, db::Recovery::Clock::time_point::max());
    }

    // How many transactions wait for one that has locked a row of webhooks.
    std::uint64_t waiting_for_a_lock() {
        return testing::number(
            watch,
            "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
            " AND trx_query LIKE '%webhooks%'");
    }

    std::uint64_t scheduled_for_deleted() {
        return testing::number(connection,
                               "SELECT COUNT(*) FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id"
                               " WHERE w.deleted_at IS NOT NULL AND d.next_try IS NOT NULL");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(deletions_leave_nothing_scheduled_and_never_deadlock_with_fan_outs, Fixture) {
    for (const model::Owner& owner : {of_target(), of_account()}) {
        webhooks.clear();
        add_webhooks(owner);
        std::vector<std::jthread> threads;
        threads.push_back(fan_out(40));
        threads.push_back(fan_out(40));
        for (std::size_t thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&, thread] {
                db::Connection own(schema.settings());
                for (std::size_t i = thread; i < webhooks.size(); i += 3) {
                    persist([&] {
                        if (!db::remove_webhook(own, owner, webhooks[i])) ++faults;
                    });
                }
            });
        }
        threads.clear();
        BOOST_TEST(scheduled_for_deleted() == 0U);
        BOOST_TEST(db::count_webhooks(connection, owner) == 0U);
    }
    BOOST_TEST(faults == 0);
    BOOST_TEST(transient == 0);
}

BOOST_FIXTURE_TEST_CASE(tests_recoveries_and_changes_go_on_beside_fan_outs_and_deletions, Fixture) {
    add_webhooks(of_target());
    connection.execute_text("UPDATE deliveries SET status = 3, next_try = NULL");
    std::vector<std::jthread> threads;
    threads.push_back(fan_out(30));
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            db::Connection own(schema.settings());
            for (const model::Id webhook : webhooks) {
                persist([&] {
                    if (thread == 0) test(own, webhook);
                    if (thread == 1) (void)db::change_webhook(own, caller(), webhook, {.name = "new"});
                    if (thread == 1) (void)db::rotate_webhook_secret(own, cipher, of_target(), webhook, {});
                    if (thread == 2) (void)db::remove_webhook(own, of_target(), webhook);
                    if (thread == 3) recover(own, webhook);
                });
            }
        });
    }
    threads.clear();
    BOOST_TEST(faults == 0);
    BOOST_TEST(scheduled_for_deleted() == 0U);
    BOOST_TEST(db::count_webhooks(connection, of_target()) == 0U);
}

// A change moves the webhook's entry in the index that the fan-out reads.
BOOST_FIXTURE_TEST_CASE(a_fan_out_that_waits_for_a_change_still_finds_the_webhook, Fixture) {
    const auto types = [](std::string_view text) { return model::parse_event_types(text); };
    const model::Id webhook = add_webhook(of_target());
    for (const model::WebhookChange& change :
         {model::WebhookChange{.event_types = types("scan_started,finding_fixed")},
          model::WebhookChange{.event_types = types("scan_started")},
          model::WebhookChange{.event_types = types("")}, model::WebhookChange{.enabled = false},
          model::WebhookChange{.enabled = true}}) {
        std::jthread publisher;
        const auto changed =
            db::change_webhook(connection, caller(), webhook, change, [&](const model::Webhook&) {
                publisher = fan_out(1);
                while (waiting_for_a_lock() == 0) std::this_thread::sleep_for(kCacheTime);
                return true;
            });
        publisher.join();
        BOOST_TEST(
            testing::number(connection,
                            "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND event_id <> ? AND "
                            "status = IF(?, 0, 3)",
                            {webhook, target_greeting(), changed.value().enabled}) == 1U);
        connection.execute("DELETE FROM deliveries WHERE webhook_id = ? AND event_id <> ?",
                           {webhook, target_greeting()});
    }
    BOOST_TEST(faults == 0);
}
