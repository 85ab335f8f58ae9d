// A database for the tests of the queue of deliveries, and workers that claim batches.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sql/connection/schema.hpp"
#include "sql/deliveries/delivery_queue.hpp"
#include "tests/support/test_database.hpp"

namespace testing::delivery_queue {

using db::DeliveryKey;
using model::DeliveryStatus;
using std::chrono::seconds;

inline constexpr model::Id kOurs = 1001;
inline constexpr model::Id kOthers = 1002;
inline constexpr model::Id kWebhook = 50;
inline const std::string kSecret(32, 's');
inline const security::SecretCipher kSecrets(security::SecretCipher::Key{1, 2, 3});

struct Fixture {
    TestSchema schema;
    db::Connection admin{schema.settings()};

    Fixture() { db::migrate(admin); }

    void add_webhook(model::Id id, const std::string& changes = "") {
        admin.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, "
            "created_at,"
            " created_by) VALUES (?, 1, 2, 'https://example.com/', '', TRUE, 'v1', UNHEX(?), "
            "UTC_TIMESTAMP(6), 1)",
            {id, db::Bytes{kSecrets.seal(id, kSecret)}});
        if (!changes.empty())
            admin.execute_text("UPDATE webhooks SET " + changes + " WHERE id = " + std::to_string(id));
    }
    void add_event(model::Id id) {
        admin.execute(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
            " VALUES (?, 1, 2, 'scan_completed', '{\"a\": 1}', '2026-01-31 16:32:17.238553')",
            {id});
    }
    // due: an SQL expression.
    void add_delivery(const DeliveryKey& key, const std::string& due = "UTC_TIMESTAMP(6)") {
        admin.execute(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
            " VALUES (?, ?, 1, UTC_TIMESTAMP(6), " +
                due + ")",
            {key.event_id, key.webhook_id});
    }
    // Adds one webhook with this number of due deliveries, of events 1, 2, ...
    std::vector<DeliveryKey> add_some(std::size_t count) {
        add_webhook(kWebhook);
        std::vector<DeliveryKey> keys;
        for (model::Id event = 1; event <= count; ++event) {
            add_event(event);
            add_delivery({event, kWebhook});
            keys.push_back({event, kWebhook});
        }
        return keys;
    }
    std::string value(const DeliveryKey& key, const std::string& expression) {
        const db::Rows rows =
            admin.query("SELECT " + expression + " FROM deliveries WHERE event_id = ? AND webhook_id = ?",
                        {key.event_id, key.webhook_id});
        return rows.empty() ? "no row" : rows.cell(0, 0).value_or("NULL");
    }
};

struct Worker {
    db::Connection connection;
    db::DeliveryQueue queue;

    Worker(TestSchema& schema, model::Id lease)
        : connection(schema.settings_of("deliver")), queue(connection, kSecrets, lease) {}

    db::ClaimBatchOutcome claim(std::vector<DeliveryKey> keys, std::chrono::microseconds time = seconds{30}) {
        return queue.record_and_claim(
            {.finished = {}, .given_back = {}, .wanted = std::move(keys), .lease_time = time});
    }
    db::ClaimBatchOutcome record(db::FinishedDelivery finished) {
        return queue.record_and_claim(
            {.finished = {std::move(finished)}, .given_back = {}, .wanted = {}, .lease_time = {}});
    }
};

inline std::vector<DeliveryKey> keys_of(const std::vector<db::DueDelivery>& due) {
    std::vector<DeliveryKey> keys;
    for (const db::DueDelivery& one : due) keys.push_back(one.key);
    return keys;
}

inline db::FinishedDelivery finished(const DeliveryKey& key, DeliveryStatus status) {
    db::FinishedDelivery one;
    one.key = key;
    one.status = status;
    one.attempt_id = model::generate_id();
    one.duration = std::chrono::milliseconds{1500};
    one.http_status = 200;
    one.answer = std::string("\0\xff", 2);
    return one;
}

}  // namespace testing::delivery_queue
