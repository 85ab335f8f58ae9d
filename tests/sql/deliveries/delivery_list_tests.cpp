#define BOOST_TEST_MODULE delivery_list
#include "sql/deliveries/delivery_list.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using Ids = std::vector<model::Id>;

struct Fixture : testing::WebhookDatabase {
    model::Id first = add_webhook(of_target());
    model::Id second = add_webhook(of_account());

    void set(model::Id event, model::Id webhook, const std::string& change) {
        BOOST_REQUIRE(
            connection.execute("UPDATE deliveries SET " + change + " WHERE event_id = ? AND webhook_id = ?",
                               {event, webhook}) == 1);
    }
    // For the first webhook.
    Ids listed(std::uint64_t offset, std::uint64_t length) {
        Ids events;
        for (const auto& delivery :
             db::list_deliveries_of_webhook(connection, first, {.offset = offset, .length = length})) {
            BOOST_TEST(delivery.webhook_id == first);
            events.push_back(delivery.event_id);
        }
        return events;
    }
};

Ids events_of(const std::vector<db::ListedDelivery>& deliveries) {
    Ids events;
    for (const auto& delivery : deliveries) events.push_back(delivery.event_id);
    return events;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_event_has_a_delivery_to_each_webhook, Fixture) {
    const model::Id event = record("scan_started");
    set(event, second, "status = 3, next_try = NULL, retries = 7, reason = 'http 503'");
    const auto all = db::list_deliveries_of_event(connection, event, {});
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].webhook_id == first);
    BOOST_TEST(all[0].event_id == event);
    BOOST_TEST(all[0].account_id == target.account_id);
    BOOST_TEST(all[0].event_type == "scan_started");
    BOOST_TEST(model::name_of(all[0].status) == "scheduled");
    BOOST_TEST(all[0].next_try.has_value());
    BOOST_TEST(!all[0].reason.has_value());
    BOOST_TEST(all[1].webhook_id == second);
    BOOST_TEST(model::name_of(all[1].status) == "failed");
    BOOST_TEST(!all[1].next_try.has_value());
    BOOST_TEST(all[1].retries == 7);
    BOOST_TEST(all[1].reason.value_or("") == "http 503");

    const auto page = db::list_deliveries_of_event(connection, event, {.offset = 1, .length = 5});
    BOOST_REQUIRE(page.size() == 1U);
    BOOST_TEST(page[0].webhook_id == second);
    const auto one = db::find_listed_delivery(connection, event, second);
    BOOST_REQUIRE(one.has_value());
    BOOST_TEST(one->retries == 7);
    BOOST_TEST(!db::find_listed_delivery(connection, event, 1).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_webhooks_due_deliveries_come_before_finished_ones, Fixture) {
    connection.execute_text("DELETE FROM deliveries");
    Ids events;
    for (int i = 0; i < 5; ++i) events.push_back(record("finding_fixed"));
    set(events[0], first, "status = 1, next_try = NULL");
    set(events[3], first, "status = 3, next_try = NULL");
    set(events[1], first, "status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    set(events[2], first, "next_try = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR");
    // Ids of the same millisecond have no predictable order.
    const Ids expected{events[2], events[4], events[1], std::max(events[0], events[3]),
                       std::min(events[0], events[3])};
    for (std::uint64_t length = 1; length <= 6; ++length) {
        Ids read;
        for (std::uint64_t offset = 0; offset < 6; offset += length) {
            for (const model::Id event : listed(offset, length)) read.push_back(event);
        }
        BOOST_CHECK(read == expected);
    }
    BOOST_TEST(listed(5, 3).empty());
}

BOOST_FIXTURE_TEST_CASE(undelivered_are_failed_rescheduled_and_overdue_ones, Fixture) {
    connection.execute_text("DELETE FROM deliveries");
    Ids events;
    for (int i = 0; i < 6; ++i) events.push_back(record("scan_failed"));
    connection.execute("DELETE FROM deliveries WHERE webhook_id = ?", {second});
    set(events[0], first, "status = 1, next_try = NULL");
    set(events[1], first, "status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, reason = 'timeout'");
    set(events[2], first, "status = 3, next_try = NULL, reason = 'http 410'");
    set(events[3], first, "next_try = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND");
    set(events[4], first, "next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    set(events[5], first, "status = 3, next_try = NULL");
    const model::Id account = target.account_id;
    const auto all = db::list_undelivered_of_account(connection, account, 10);
    BOOST_CHECK(events_of(all) == (Ids{events[2], events[5], events[1], events[3]}));
    BOOST_TEST(all.at(0).reason.value_or("") == "http 410");
    BOOST_CHECK(events_of(db::list_undelivered_of_account(connection, account, 1)) ==
                (Ids{events[2], events[1], events[3]}));
    BOOST_TEST(db::list_undelivered_of_account(connection, others_target.account_id, 10).empty());
}

BOOST_FIXTURE_TEST_CASE(every_list_is_read_in_the_order_of_an_index, Fixture) {
    for (int i = 0; i < 200; ++i) record("scan_completed");
    connection.execute_text("UPDATE deliveries SET status = event_id MOD 4");
    connection.execute_text("UPDATE deliveries SET next_try = NULL WHERE status IN (1, 3)");
    connection.query_text("ANALYZE TABLE deliveries, events");
    const model::Id event = target_greeting();
    testing::StatementLog log(connection);
    static_cast<void>(db::list_deliveries_of_event(connection, event, {}));
    static_cast<void>(db::list_deliveries_of_webhook(connection, first, {.offset = 5000, .length = 10}));
    static_cast<void>(db::list_undelivered_of_account(connection, target.account_id, 10));
    const auto statements = log.statements();
    BOOST_TEST(statements.size() == 7U);
    for (const std::string& statement : statements) {
        for (const auto& step : log.explain(statement)) {
            BOOST_TEST_CONTEXT(statement << ": " << step.table << " " << step.type << " " << step.extra) {
                BOOST_TEST(step.type != "ALL");
                BOOST_TEST(step.type != "index");
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
                BOOST_TEST(step.extra.find("temporary") == std::string::npos);
            }
        }
    }
}
