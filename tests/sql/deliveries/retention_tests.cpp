#define BOOST_TEST_MODULE retention
#include "sql/deliveries/retention.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/connection/schema.hpp"
#include "sql/events/counters.hpp"
#include "sql/operator/admin_store.hpp"
#include "tests/support/test_database.hpp"

using model::Id;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr seconds kAge = std::chrono::days{30};
constexpr Id kAccount = 1;
constexpr Id kTarget = 2;
const std::string kLongAgo = "UTC_TIMESTAMP(6) - INTERVAL 31 DAY";

// An id that was generated that long ago.
Id id_of(seconds ago, std::uint32_t random = 0) {
    return model::make_id(std::chrono::system_clock::now() - ago, random);
}

struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings()};
    db::Connection connection{[this] {
        db::migrate(admin);
        return schema.settings_of("deliver");
    }()};

    void add_event(Id id, const std::string& event_type = "scan_completed") {
        admin.execute(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
            " VALUES (?, ?, ?, ?, '{}', UTC_TIMESTAMP(6))",
            {id, kAccount, kTarget, event_type});
        const model::Owner owner{kAccount, kTarget};
        db::Transaction transaction(admin);
        db::change_counters(admin, {{owner, event_type}});
        transaction.commit();
    }
    // changed: an SQL expression.
    void add_delivery(Id event, Id webhook, int status, const std::string& changed = kLongAgo) {
        admin.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, "
            "changed_at)"
            " VALUES (" +
            std::to_string(event) + ", " + std::to_string(webhook) + ", 1, UTC_TIMESTAMP(6), " +
            std::to_string(status) + ", " + (status == 1 || status == 3 ? "NULL" : "UTC_TIMESTAMP(6)") +
            ", " + changed + ")");
    }
    // made: an SQL expression.
    void add_attempt(Id id, const std::string& made = "UTC_TIMESTAMP(6)") {
        admin.execute(
            "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us) VALUES (?, 1, 1, " + made +
                ", 1)",
            {id});
    }
    // Sets the database's clock for the session that removes rows.
    void step_clock(seconds by) {
        connection.execute_text("SET timestamp = UNIX_TIMESTAMP() + " + std::to_string(by.count()));
    }
    db::Removed pass(seconds age = kAge) {
        db::Retention retention(connection, age);
        while (retention.step()) {
        }
        return retention.removed();
    }
    std::uint64_t count(const std::string& table) {
        return admin.query("SELECT COUNT(*) FROM " + table).number(0, 0);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(old_finished_rows_are_removed_with_their_counters, Fixture) {
    const Id old_event = id_of(kAge + hours{1});
    const Id new_event = id_of(kAge - hours{1});
    const Id old_webhook = id_of(kAge + hours{2});
    for (const Id event : {old_event, new_event}) {
        add_event(event);
        add_delivery(event, old_webhook, 1, "UTC_TIMESTAMP(6) - INTERVAL 31 DAY");
        add_delivery(event, old_webhook + 1, 3);
        add_attempt(event, kLongAgo);
    }
    const db::Removed removed = pass();
    BOOST_TEST(removed.deliveries == 2U);
    BOOST_TEST(removed.events == 1U);
    BOOST_TEST(removed.attempts == 1U);
    BOOST_TEST(count("events") == 1U);
    BOOST_TEST(count("deliveries") == 2U);
    BOOST_TEST(count("attempts") == 1U);
    for (const std::optional<Id>& target : {std::optional<Id>{}, std::optional<Id>{kTarget}}) {
        BOOST_TEST(db::count_events(admin, {kAccount, target}, "scan_completed") == 1U);
    }
    BOOST_TEST(!pass().any());
}

BOOST_FIXTURE_TEST_CASE(unfinished_and_recent_rows_stay, Fixture) {
    const Id event = id_of(kAge + hours{1});
    const Id webhook = id_of(kAge + hours{2});
    add_event(event);
    add_delivery(event, webhook, 0);
    add_delivery(event, webhook + 1, 2);
    add_delivery(event, webhook + 2, 1, "UTC_TIMESTAMP(6) - INTERVAL 29 DAY");
    BOOST_TEST(!pass().any());
    admin.execute_text("UPDATE deliveries SET status = 3, next_try = NULL, changed_at = '2020-01-01'");
    const db::Removed removed = pass();
    BOOST_TEST(removed.deliveries == 3U);
    BOOST_TEST(removed.events == 1U);
}

BOOST_FIXTURE_TEST_CASE(greetings_of_future_webhooks_stay, Fixture) {
    const Id event = id_of(kAge + hours{1});
    add_event(event, "target_created");
    add_event(event + 1, "user_created");
    add_delivery(event, id_of(kAge + hours{1}), 1);  // of an old webhook
    add_delivery(event, id_of(hours{1}), 3);         // of a webhook from today, disabled from the start
    const db::Removed removed = pass();
    BOOST_TEST(removed.events == 0U);
    BOOST_TEST(removed.deliveries == 1U);
    BOOST_TEST(count("events") == 2U);
}

BOOST_FIXTURE_TEST_CASE(many_rows_are_removed_in_small_batches, Fixture) {
    constexpr Id kMany = 4300;
    const Id first = id_of(kAge + hours{1});
    db::Transaction transaction(admin);
    for (Id i = 0; i < kMany; ++i) {
        admin.execute(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
            " VALUES (?, 1, 2, 'scan_completed', '{}', UTC_TIMESTAMP(6))",
            {first + i});
        add_delivery(first + i, 7, i % 2 == 0 ? 1 : 3);
        add_attempt(first + i, kLongAgo);
    }
    transaction.commit();
    db::Retention retention(connection, kAge);
    db::Removed before;
    while (retention.step()) {
        const db::Removed& now = retention.removed();
        BOOST_TEST(now.attempts - before.attempts <= db::Retention::kBatch);
        BOOST_TEST(now.deliveries - before.deliveries <= db::Retention::kBatch);
        BOOST_TEST(now.events - before.events <= db::Retention::kBatch);
        before = now;
    }
    BOOST_TEST(before.attempts == kMany);
    BOOST_TEST(before.deliveries == kMany);
    BOOST_TEST(before.events == kMany);
    BOOST_TEST(count("events") + count("deliveries") + count("attempts") == 0U);
}

BOOST_FIXTURE_TEST_CASE(zero_keeps_everything_except_useless_rows, Fixture) {
    const Id old = id_of(hours{24 * 365 * 3});
    add_event(old);
    add_delivery(old, old, 1);
    add_attempt(old, kLongAgo);
    admin.execute_text(
        "INSERT INTO retired_secrets VALUES (1, 1, x'00', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND),"
        " (1, 2, x'00', UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)");
    for (const char* hours_ago : {"23", "25"}) {
        admin.execute_text(
            "INSERT INTO idempotency_keys (account_id, key_digest, request_digest, object_id, "
            "response,"
            " created_at) VALUES (1, REPEAT('" +
            std::string(1, hours_ago[1]) + "', 32), REPEAT('x', 32), 1, '{}', UTC_TIMESTAMP(6) - INTERVAL " +
            hours_ago + " HOUR)");
    }
    const db::Removed removed = pass(seconds{0});
    BOOST_TEST(removed.secrets == 1U);
    BOOST_TEST(removed.answers == 1U);
    BOOST_TEST(removed.events + removed.deliveries + removed.attempts == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_order_of_webhooks_that_are_ordered_no_more_is_removed, Fixture) {
    for (const char* row : {"1, NULL, TRUE", "2, NULL, FALSE", "3, UTC_TIMESTAMP(6), TRUE"}) {
        admin.execute_text(
            "INSERT INTO webhooks (account_id, url, name, check_cert, api_version, secret, created_at,"
            " created_by, id, deleted_at, ordered) VALUES (1, '', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1, " +
            std::string(row) + ")");
    }
    admin.execute_text("INSERT INTO ordered_webhooks VALUES (1, 9), (2, 9), (3, 9), (4, 9)");
    pass(seconds{0});
    const db::Rows left = admin.query("SELECT webhook_id FROM ordered_webhooks");
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left.number(0, 0) == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_audit_has_an_age_of_its_own, Fixture) {
    const auto add = [&](seconds ago, const std::string& done) {
        admin.execute("INSERT INTO audit (id, done_at, action) VALUES (?, " + done + ", 'migrate')",
                      {id_of(ago)});
    };
    add(kAge + hours{1}, kLongAgo);
    add(kAge + hours{2}, "UTC_TIMESTAMP(6)");
    add(kAge - hours{1}, "UTC_TIMESTAMP(6)");
    BOOST_TEST(!pass().any());
    db::Retention retention(connection, seconds{0}, kAge);
    while (retention.step()) {
    }
    BOOST_TEST(retention.removed().audit == 1U);
    BOOST_TEST(count("audit") == 2U);
}

BOOST_FIXTURE_TEST_CASE(mails_about_webhooks_are_removed_after_two_days, Fixture) {
    Id webhook = 0;
    for (const char* claimed : {"NULL", "made_at"}) {
        for (const char* age : {"47", "49"}) {
            admin.execute_text(
                "INSERT INTO webhook_mails (webhook_id, kind, day, made_at, claimed_at) VALUES (" +
                std::to_string(++webhook) + ", 'failing', UTC_DATE(), UTC_TIMESTAMP(6) - INTERVAL " + age +
                " HOUR, " + claimed + ")");
        }
    }
    BOOST_TEST(pass().mails == 2U);
    BOOST_TEST(count("webhook_mails WHERE webhook_id IN (1, 3)") == 2U);
    BOOST_TEST(!pass().any());
}

BOOST_FIXTURE_TEST_CASE(webhooks_of_a_deleted_target_are_scrubbed_after_their_last_delivery, Fixture) {
    db::AdminStore store(admin);
    const Id account = store.create_account("Acme").id;
    const Id target = store.create_target(account, "Shop", "https://shop.example.com").id;
    const Id other = store.create_target(account, "Blog", "https://blog.example.com").id;
    const auto add_webhook = [&](Id id, Id of) {
        admin.execute(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
            " created_at, created_by) VALUES (?, ?, ?, 'https://a:b@example.com', 'CI', TRUE, 'v1', x'01',"
            " UTC_TIMESTAMP(6), 1)",
            {id, account, of});
        admin.execute("INSERT INTO retired_secrets VALUES (?, 1, x'02', UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)",
                      {id});
        admin.execute("INSERT INTO failing_webhooks (webhook_id, since) VALUES (?, UTC_TIMESTAMP(6))", {id});
        db::Transaction transaction(admin);
        db::change_counters(admin, {{{account, of}, db::kWebhookCounter}});
        transaction.commit();
    };
    const Id old = id_of(kAge + hours{2});
    for (Id n = 0; n < 3; ++n) add_webhook(old + n, n < 2 ? target : other);
    store.delete_target(target);
    add_delivery(old, old, 0);
    admin.execute("DELETE FROM deliveries WHERE webhook_id = ?", {old + 1});
    const auto left = [&] { return count("webhooks WHERE url <> '' AND name <> '' AND secret IS NOT NULL"); };
    pass();
    BOOST_TEST(left() == 3U);  // the target was deleted recently
    admin.execute_text("UPDATE targets SET deleted_at = " + kLongAgo + " WHERE deleted_at IS NOT NULL");
    BOOST_TEST(pass().webhooks == 1U);
    BOOST_TEST(left() == 2U);  // one delivery is under way
    BOOST_TEST(count("retired_secrets") == 2U);
    BOOST_TEST(count("failing_webhooks") == 2U);
    admin.execute_text("UPDATE deliveries SET status = 1, next_try = NULL");
    BOOST_TEST(pass().webhooks == 1U);
    BOOST_TEST(left() == 1U);
    BOOST_TEST(count("webhooks WHERE deleted_at IS NOT NULL AND url = '' AND name = '' AND secret = ''"
                     " AND headers IS NULL") == 2U);
    BOOST_TEST(db::count_webhooks(admin, {account, other}) == 1U);
    BOOST_TEST(!pass().any());
}

BOOST_FIXTURE_TEST_CASE(ages_are_measured_by_the_databases_clock, Fixture) {
    const seconds ahead = hours{48};
    for (const Id id : {id_of(kAge - ahead + hours{1}), id_of(kAge - ahead - hours{1})}) {
        add_event(id);
        add_delivery(id, 1, 1, "UTC_TIMESTAMP(6) - INTERVAL 29 DAY");
        add_delivery(id, 2, 1, "UTC_TIMESTAMP(6) - INTERVAL 27 DAY");
        add_attempt(id, "UTC_TIMESTAMP(6) - INTERVAL 29 DAY");
    }
    BOOST_TEST(!pass().any());
    step_clock(ahead);
    const db::Removed removed = pass();
    BOOST_TEST(removed.deliveries == 1U);
    BOOST_TEST(removed.attempts == 1U);
    BOOST_TEST(removed.events == 0U);
    step_clock(-ahead);
    BOOST_TEST(!pass().any());
}

BOOST_FIXTURE_TEST_CASE(attempts_of_a_host_whose_clock_is_behind_stay_as_long_as_others, Fixture) {
    add_attempt(id_of(kAge + hours{1}));
    add_attempt(id_of(kAge + hours{2}), kLongAgo);
    BOOST_TEST(pass().attempts == 1U);
}
