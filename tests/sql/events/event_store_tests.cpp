#define BOOST_TEST_MODULE event_store
#include "sql/events/event_store.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "sql/connection/schema.hpp"
#include "tests/support/test_database.hpp"

namespace {

constexpr model::Id kAccount = 1;
constexpr model::Id kOtherAccount = 2;
constexpr model::Id kTarget = 11;
constexpr model::Id kOtherTarget = 12;

enum Webhook : model::Id {
    kAccountWide = 101,
    kAccountWideDisabled,
    kAccountWideDeleted,
    kOfTarget,
    kOfTargetDisabled,
    kOfTargetDeleted,
    kOfOtherTarget,
    kOfOtherAccount,
    kOfOtherAccountsTarget,
};

// Webhook and "scheduled" or "failed".
using Deliveries = std::map<model::Id, std::string>;

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};

    Fixture() {
        db::migrate(connection);
        add_webhook(kAccountWide, kAccount, std::nullopt);
        add_webhook(kAccountWideDisabled, kAccount, std::nullopt, "FALSE");
        add_webhook(kAccountWideDeleted, kAccount, std::nullopt, "TRUE", "UTC_TIMESTAMP(6)");
        add_webhook(kOfTarget, kAccount, kTarget);
        add_webhook(kOfTargetDisabled, kAccount, kTarget, "FALSE");
        add_webhook(kOfTargetDeleted, kAccount, kTarget, "TRUE", "UTC_TIMESTAMP(6)");
        add_webhook(kOfOtherTarget, kAccount, kOtherTarget);
        add_webhook(kOfOtherAccount, kOtherAccount, std::nullopt);
        add_webhook(kOfOtherAccountsTarget, kOtherAccount, kTarget);
    }

    void add_webhook(model::Id id, model::Id account, std::optional<model::Id> target,
                     const std::string& enabled = "TRUE", const std::string& deleted_at = "NULL") {
        connection.execute_text(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, enabled, "
            "created_at,"
            " created_by, deleted_at) VALUES (" +
            std::to_string(id) + ", " + std::to_string(account) + ", " +
            (target ? std::to_string(*target) : "NULL") + ", 'https://example.com', '', TRUE, 'v1', '', " +
            enabled + ", UTC_TIMESTAMP(6), 1, " + deleted_at + ")");
    }

    model::Id record(std::optional<model::Id> target, const std::string& event_type) {
        db::Transaction transaction(connection);
        const model::Id event = db::record_event(connection, {{kAccount, target}, event_type, "{}"});
        transaction.commit();
        return event;
    }

    Deliveries deliveries_of(model::Id event) {
        const db::Rows rows = connection.query(
            "SELECT webhook_id, CASE WHEN status = 0 AND next_try <= UTC_TIMESTAMP(6) AND retries = 0 THEN "
            "'scheduled'"
            " WHEN status = 3 AND next_try IS NULL AND retries = 0 THEN 'failed' ELSE 'something else' END"
            " FROM deliveries WHERE event_id = ?",
            {event});
        Deliveries deliveries;
        for (std::size_t row = 0; row < rows.size(); ++row)
            deliveries[rows.number(row, 0)] = rows.text(row, 1);
        return deliveries;
    }
};

const Deliveries kToAccount{{kAccountWide, "scheduled"}, {kAccountWideDisabled, "failed"}};
const Deliveries kToAccountAndTarget{{kAccountWide, "scheduled"},
                                     {kAccountWideDisabled, "failed"},
                                     {kOfTarget, "scheduled"},
                                     {kOfTargetDisabled, "failed"}};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_event_is_stored_as_it_was_given, Fixture) {
    db::Transaction transaction(connection);
    const std::string content = "{\"name\":\"M\xC3\xBC \xF0\x9F\x98\x80 '\\\\\"}";
    const model::Id event = db::record_event(connection, {{kAccount, kTarget}, "scan_completed", content});
    transaction.commit();
    const db::Rows rows = connection.query(
        "SELECT account_id, target_id, event_type, content,"
        " occurred_at BETWEEN UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE AND UTC_TIMESTAMP(6) FROM events WHERE id "
        "= ?",
        {event});
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows.number(0, 0) == kAccount);
    BOOST_TEST(rows.number(0, 1) == kTarget);
    BOOST_TEST(rows.text(0, 2) == "scan_completed");
    BOOST_TEST(rows.text(0, 3) == content);
    BOOST_TEST(rows.number(0, 4) == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_accounts_event_goes_to_its_account_wide_webhooks, Fixture) {
    const model::Id event = record(std::nullopt, "user_created");
    BOOST_CHECK(deliveries_of(event) == kToAccount);
    BOOST_TEST(connection.query("SELECT target_id FROM events WHERE id = ?", {event}).is_null(0, 0));
}

BOOST_FIXTURE_TEST_CASE(a_targets_events_go_to_its_webhooks_as_well, Fixture) {
    for (const auto* event_type :
         {"target_verified", "target_deleted", "target_verification_failed", "scan_started", "scan_canceled",
          "scan_completed", "scan_failed", "finding_detected", "finding_fixed"}) {
        BOOST_TEST_CONTEXT(event_type)
        BOOST_CHECK(deliveries_of(record(kTarget, event_type)) == kToAccountAndTarget);
    }
}

BOOST_FIXTURE_TEST_CASE(target_created_goes_to_account_wide_webhooks_only, Fixture) {
    BOOST_CHECK(deliveries_of(record(kTarget, "target_created")) == kToAccount);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_gets_the_event_types_that_it_chose, Fixture) {
    constexpr model::Id kAllButTwo = 201;
    connection.execute_text(
        "UPDATE webhooks SET event_types = 'scan_failed,finding_fixed' WHERE id IN (101, 105)");
    connection.execute_text("UPDATE webhooks SET event_types = 'target_created' WHERE id = 104");
    add_webhook(kAllButTwo, kAccount, std::nullopt);
    connection.execute_text(
        "UPDATE webhooks SET event_types = ~0 & ~(1 << 9 | 1 << 2) & 4095 WHERE id = 201");
    for (const auto& [event_type, expected] : std::map<std::string, Deliveries>{
             {"scan_failed",
              {{kAccountWide, "scheduled"}, {kAccountWideDisabled, "failed"}, {kOfTargetDisabled, "failed"}}},
             {"finding_fixed",
              {{kAccountWide, "scheduled"},
               {kAccountWideDisabled, "failed"},
               {kOfTargetDisabled, "failed"},
               {kAllButTwo, "scheduled"}}},
             {"finding_detected", {{kAccountWideDisabled, "failed"}, {kAllButTwo, "scheduled"}}},
             {"target_created", {{kAccountWideDisabled, "failed"}}}}) {
        BOOST_TEST_CONTEXT(event_type)
        BOOST_CHECK(deliveries_of(record(kTarget, event_type)) == expected);
    }
}

BOOST_FIXTURE_TEST_CASE(an_event_needs_no_webhooks, Fixture) {
    db::Transaction transaction(connection);
    const model::Id event = db::record_event(connection, {{99, kTarget}, "scan_started", "{}"});
    transaction.commit();
    BOOST_CHECK(deliveries_of(event) == Deliveries{});
}

BOOST_FIXTURE_TEST_CASE(an_id_that_is_taken_is_generated_again_within_the_transaction, Fixture) {
    const model::Id taken = record(kTarget, "scan_started");
    std::deque<model::Id> ids{taken, taken, 4711};
    db::Transaction transaction(connection);
    connection.execute("UPDATE webhooks SET name = 'before' WHERE id = ?", {std::uint64_t{kOfTarget}});
    const model::Id event = db::record_event(connection, {{kAccount, kTarget}, "scan_failed", "{}"}, [&ids] {
        const model::Id id = ids.front();
        ids.pop_front();
        return id;
    });
    transaction.commit();
    BOOST_TEST(event == 4711U);
    BOOST_TEST(ids.empty());
    BOOST_CHECK(deliveries_of(event) == kToAccountAndTarget);
    // The transaction's earlier changes are stored, and the event that already had the id is unchanged.
    BOOST_TEST(
        connection.query("SELECT name FROM webhooks WHERE id = ?", {std::uint64_t{kOfTarget}}).text(0, 0) ==
        "before");
    BOOST_TEST(connection.query("SELECT event_type FROM events WHERE id = ?", {taken}).text(0, 0) ==
               "scan_started");
    BOOST_CHECK(deliveries_of(taken) == kToAccountAndTarget);
}

BOOST_FIXTURE_TEST_CASE(a_source_of_only_duplicate_ids_is_an_error, Fixture) {
    const model::Id taken = record(kTarget, "scan_started");
    int generates = 0;
    db::Transaction transaction(connection);
    BOOST_CHECK_EXCEPTION(db::record_event(connection, {{kAccount, kTarget}, "scan_failed", "{}"},
                                           [&] {
                                               ++generates;
                                               return taken;
                                           }),
                          db::Error, [](const db::Error& error) { return error.duplicate_key(); });
    BOOST_TEST(generates == 8);
}

BOOST_FIXTURE_TEST_CASE(an_event_goes_with_its_transaction, Fixture) {
    model::Id event = 0;
    {
        const db::Transaction transaction(connection);
        event = db::record_event(connection, {{kAccount, kTarget}, "scan_started", "{}"});
    }
    BOOST_TEST(connection.query("SELECT id FROM events WHERE id = ?", {event}).empty());
    BOOST_CHECK(deliveries_of(event) == Deliveries{});
}
