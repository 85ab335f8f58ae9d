#define BOOST_TEST_MODULE delivery_workers
#include "sql/deliveries/delivery_workers.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "sql/connection/schema.hpp"
#include "tests/support/test_database.hpp"

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kDeadAfter{10'000};
constexpr milliseconds kSoon{300};  // for workers that must look dead during a test

struct Fixture {
    testing::TestSchema schema;
    db::Connection admin{schema.settings()};

    Fixture() { db::migrate(admin); }

    // Steps the database's clock for one session.
    static void step_clock(db::Connection& connection, std::chrono::seconds by) {
        connection.execute_text("SET timestamp = UNIX_TIMESTAMP() + " + std::to_string(by.count()));
    }
};

struct Worker {
    db::Connection connection;
    db::DeliveryWorkers table;

    Worker(testing::TestSchema& schema, const std::string& name, model::Id token)
        : connection(schema.settings_of("deliver")), table(connection, name, token) {}

    std::vector<model::Id> alive(milliseconds dead_after = kDeadAfter) {
        auto heartbeat = table.heartbeat(dead_after);
        BOOST_REQUIRE(heartbeat);
        std::sort(heartbeat->alive.begin(), heartbeat->alive.end());
        return heartbeat->alive;
    }
};

using Ids = std::vector<model::Id>;
const Ids kOne{11};
const Ids kTwo{22};
const Ids kBoth{11, 22};
const std::vector<seconds> kSteps{std::chrono::hours{1}, std::chrono::hours{-1}, std::chrono::hours{48},
                                  std::chrono::hours{-48}};

}  // namespace

BOOST_FIXTURE_TEST_CASE(workers_learn_of_each_other_and_of_their_end, Fixture) {
    Worker one(schema, "one", 11);
    Worker two(schema, "two", 22);
    one.table.join();
    BOOST_TEST((one.alive() == kOne));
    two.table.join();
    BOOST_TEST((one.alive() == kBoth));
    std::this_thread::sleep_for(kSoon);
    BOOST_TEST((one.alive(kSoon) == kOne));
    BOOST_TEST((two.alive() == kBoth));
    BOOST_TEST((one.alive(kSoon) == kBoth));
    two.table.leave();
    BOOST_TEST((one.alive() == kOne));
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_takes_a_name_replaces_its_owner, Fixture) {
    Worker one(schema, "one", 11);
    one.table.join();
    Worker usurper(schema, "one", 33);
    usurper.table.join();
    BOOST_TEST(!one.table.heartbeat(kDeadAfter));
    one.table.leave();  // leaves the other's row
    BOOST_TEST((usurper.alive() == Ids{33}));
}

BOOST_FIXTURE_TEST_CASE(at_first_sight_the_databases_clock_counts, Fixture) {
    Worker one(schema, "one", 11);
    one.table.join();
    for (const char* const change : {"- INTERVAL 11 SECOND", "+ INTERVAL 11 SECOND", "- INTERVAL 23 HOUR"}) {
        admin.execute_text("UPDATE delivery_workers SET heartbeat_at = UTC_TIMESTAMP(6) " +
                           std::string(change) + " WHERE name = 'one'");
        Worker two(schema, "two", 22);
        two.table.join();
        BOOST_TEST((two.alive() == kTwo));
        BOOST_TEST((one.alive() == kBoth));
        BOOST_TEST((two.alive() == kBoth));
        two.table.leave();
    }
}

BOOST_FIXTURE_TEST_CASE(a_step_of_the_clock_makes_no_worker_look_dead, Fixture) {
    Worker one(schema, "one", 11);
    Worker two(schema, "two", 22);
    one.table.join();
    two.table.join();
    BOOST_TEST((one.alive() == kBoth));
    BOOST_TEST((two.alive() == kBoth));
    for (const seconds step : kSteps) {
        BOOST_TEST_CONTEXT(step.count()) {
            step_clock(two.connection, step);
            BOOST_TEST((two.alive() == kBoth));
            BOOST_TEST((one.alive() == kBoth));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_step_of_the_clock_makes_no_dead_worker_look_alive, Fixture) {
    for (const seconds step : kSteps) {
        BOOST_TEST_CONTEXT(step.count()) {
            Worker one(schema, "one", 11);
            Worker two(schema, "two", 22);
            one.table.join();
            two.table.join();
            BOOST_TEST((two.alive() == kBoth));
            step_clock(two.connection, step);
            std::this_thread::sleep_for(kSoon);
            BOOST_TEST((two.alive(kSoon) == kTwo));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_looked_long_dead_continues, Fixture) {
    Worker one(schema, "one", 11);
    one.table.join();
    Worker two(schema, "two", 22);
    step_clock(two.connection, std::chrono::hours{48});
    two.table.join();
    BOOST_TEST((two.alive() == kTwo));
    step_clock(one.connection, std::chrono::hours{48});
    BOOST_TEST((one.alive() == kBoth));
    BOOST_TEST((two.alive() == kBoth));
}

BOOST_FIXTURE_TEST_CASE(a_step_forward_is_noticed_once, Fixture) {
    Worker one(schema, "one", 11);
    one.table.join();
    const auto went_ahead = [&one] { return one.table.heartbeat(kDeadAfter).value().clock_went_ahead; };
    BOOST_TEST(!went_ahead());
    BOOST_TEST(!went_ahead());
    for (const seconds step : kSteps) {
        BOOST_TEST_CONTEXT(step.count()) {
            one.connection.execute_text("SET timestamp = DEFAULT");
            (void)went_ahead();
            BOOST_TEST(!went_ahead());
            step_clock(one.connection, step);
            BOOST_TEST(went_ahead() == (step > seconds{0}));
            BOOST_TEST(!went_ahead());
        }
    }
}
