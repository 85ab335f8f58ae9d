#define BOOST_TEST_MODULE fan_out
#include "sql/events/fan_out.hpp"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/base/sha256.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/outbox.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using testing::number;

struct Fixture : testing::WebhookDatabase {
    // Adds webhooks with even ids, so that others fit in between.
    void add_webhooks(const model::Owner& owner, std::uint64_t first, std::uint64_t count) {
        constexpr std::uint64_t kAtOnce = 10'000;
        const std::string target_id = owner.target_id ? std::to_string(*owner.target_id) : "NULL";
        for (std::uint64_t begin = 0; begin < count; begin += kAtOnce) {
            std::string rows;
            for (std::uint64_t i = begin; i < std::min(begin + kAtOnce, count); ++i) {
                rows += (rows.empty() ? "(" : ", (") + std::to_string(first + 2 * i) + ", " +
                        std::to_string(owner.account_id) + ", " + target_id +
                        ", 'https://example.com', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1)";
            }
            connection.execute_text(
                "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
                " created_at, created_by) VALUES " +
                rows);
        }
        db::Transaction transaction(connection);
        db::change_counters(connection, {{owner, db::kWebhookCounter, static_cast<std::int64_t>(count)}});
        transaction.commit();
    }

    db::NewEvent event(const model::Owner& owner, const std::string& event_type = "scan_completed") const {
        return {.owner = owner, .event_type = event_type, .content = "{}"};
    }

    // Records an event whose deliveries are written in pieces of three.
    model::Id record_in_pieces(const db::NewEvent& event) {
        db::Transaction transaction(connection);
        const model::Id id = model::generate_id();
        connection.execute(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) VALUES (?, ?, ?, "
            "?, ?, UTC_TIMESTAMP(6))",
            {id, event.owner.account_id, db::nullable(event.owner.target_id), event.event_type,
             event.content});
        db::fan_out_in_pieces(connection, event, id, 10, 3);
        transaction.commit();
        return id;
    }

    void write_to_outbox(model::Id to) {
        connection.execute(
            "INSERT INTO outbox (target, event_type, content) VALUES (?, 'scan_completed', '{}')",
            {model::to_base58(to)});
    }

    std::vector<std::uint64_t> receivers(model::Id event) {
        return connection
            .query("SELECT webhook_id FROM deliveries WHERE event_id = ? ORDER BY webhook_id", {event})
            .numbers(0);
    }
};

std::chrono::milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(pieces_reach_the_same_webhooks_as_one_statement, Fixture) {
    add_webhooks(of_other_account(), 1, 5);
    add_webhooks(of_other_target(), 101, 5);
    for (std::uint64_t round = 0; round < 8; ++round) {  // pieces that are full, and one more or less
        for (const db::NewEvent& given : {event(of_target()), event(of_account(), "user_created"),
                                          event(of_target(), "target_created")}) {
            const model::Id whole = [&] {
                db::Transaction transaction(connection);
                const model::Id id = db::record_event(connection, given);
                transaction.commit();
                return id;
            }();
            BOOST_TEST(receivers(record_in_pieces(given)) == receivers(whole),
                       boost::test_tools::per_element());
        }
        add_webhooks(of_target(), 1001 + 2 * round, 1);
        add_webhooks(of_account(), 2 + 1000 * (round % 3) + 2 * round, 1);
        if (round == 3) connection.execute_text("UPDATE webhooks SET enabled = FALSE WHERE id = 1001");
        if (round == 4)
            connection.execute_text("UPDATE webhooks SET event_types = 'scan_failed' WHERE id = 1005");
        if (round == 5)
            connection.execute_text("UPDATE webhooks SET deleted_at = created_at WHERE id = 1003");
    }
}

BOOST_FIXTURE_TEST_CASE(a_large_event_is_due_when_it_is_committed, Fixture) {
    add_webhooks(of_target(), 1001, 3 * db::kLargeFanOut);
    const model::Id id = record("scan_completed");
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM deliveries WHERE event_id = ? AND ABS(TIMESTAMPDIFF(MICROSECOND,"
                      " next_try, UTC_TIMESTAMP(6))) < 2000000",
                      {id}) == 3 * db::kLargeFanOut);
}

// The rows before and behind it are recorded in transactions of their own.
BOOST_FIXTURE_TEST_CASE(a_large_event_from_the_outbox_is_recorded_alone, Fixture) {
    add_webhooks(of_target(), 1001, db::kLargeFanOut + 100);
    for (int i = 0; i < 3; ++i) {
        write_to_outbox(other_target.id);
        write_to_outbox(target.id);
    }
    write_to_outbox(other_target.id);
    BOOST_TEST(db::OutboxDrain().drain(connection, 100) == 7U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM outbox") == 0U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM events WHERE event_type = 'scan_completed'") == 7U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries") == 3 * (db::kLargeFanOut + 100));
}

BOOST_FIXTURE_TEST_CASE(a_hundred_thousand_webhooks_get_an_event, Fixture) {
    constexpr std::uint64_t kMany = 100'000;
    add_webhooks(of_target(), 1'000'001, kMany);
    std::atomic<bool> ended = false;
    std::chrono::milliseconds slowest_neighbour{0};
    std::uint64_t neighbours = 0;
    std::jthread neighbour([&] {
        db::Connection own(schema.settings());
        const model::Owner owner = of_target();
        for (model::Id id = model::generate_id(); !ended; id = model::generate_id()) {
            const auto start = Clock::now();
            db::Transaction transaction(own);
            own.execute(
                "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
                " created_at, created_by) VALUES (?, ?, ?, 'https://example.com', '', TRUE, 'v1', '',"
                " UTC_TIMESTAMP(6), 1)",
                {id, owner.account_id, owner.target_id.value()});
            db::record_event(own, event(of_other_target()));
            db::change_counters(own, {{owner, db::kWebhookCounter, 1}});
            transaction.commit();
            slowest_neighbour = std::max(slowest_neighbour, since(start));
            ++neighbours;
        }
    });
    const auto start = Clock::now();
    const model::Id id = record("scan_completed");
    const auto time = since(start);
    ended = true;
    neighbour.join();
    BOOST_TEST(receivers(id).size() >= kMany);
    BOOST_TEST(number(connection,
                      "SELECT SUM(n) FROM counters WHERE owner = 'target' AND owner_id = ? AND what ="
                      " 'scan_completed'",
                      {target.id}) == 1U);
    BOOST_TEST_MESSAGE("an event for " << kMany << " webhooks: " << time.count() << " ms; meanwhile "
                                       << neighbours
                                       << " registrations and publications in the same account, the slowest "
                                       << slowest_neighbour.count() << " ms");
    BOOST_TEST(neighbours > 0U);
}
