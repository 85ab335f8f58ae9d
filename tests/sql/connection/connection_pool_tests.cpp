#define BOOST_TEST_MODULE connection_pool
#include "sql/connection/connection_pool.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace {

using namespace std::chrono_literals;
using testing::DatabaseProxy;
using AtCommit = DatabaseProxy::AtCommit;

constexpr std::chrono::milliseconds kPatience = 30s;

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    DatabaseProxy proxy{schema.settings()};
    std::mutex mutex;
    std::multiset<std::string> log;

    Fixture() { connection.execute_text("CREATE TABLE t (a INT NOT NULL) ENGINE=InnoDB"); }

    db::ConnectionPool pool(std::size_t most = 2, std::chrono::milliseconds patience = kPatience) {
        return db::ConnectionPool({proxy.settings(), most, patience},
                                  [this](std::string_view event, std::string_view) {
                                      const std::lock_guard lock(mutex);
                                      log.emplace(event);
                                  });
    }

    bool was_logged(const std::string& event) {
        const std::lock_guard lock(mutex);
        return log.contains(event);
    }

    std::uint64_t rows() { return connection.query_text("SELECT COUNT(*) FROM t").number(0, 0); }
    std::uint64_t connections() {
        return connection
            .query_text(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> "
                "CONNECTION_ID()")
            .number(0, 0);
    }
};

std::uint64_t id_of(db::Connection& connection) {
    return connection.query_text("SELECT CONNECTION_ID()").number(0, 0);
}

int insert(db::Connection& connection) {
    db::Transaction transaction(connection);
    connection.execute("INSERT INTO t VALUES (1)", {});
    transaction.commit();
    return 1;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_connection_is_made_when_needed_and_kept, Fixture) {
    auto borrowed = pool();
    BOOST_TEST(connections() == 0U);
    const auto first = borrowed.run(id_of);
    BOOST_TEST(borrowed.run(id_of) == first);
    BOOST_TEST(connections() == 1U);
    BOOST_TEST(log.empty());
}

BOOST_FIXTURE_TEST_CASE(no_more_than_allowed_are_made, Fixture) {
    auto borrowed = pool(3);
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 10; ++round) {
                borrowed.run([&](db::Connection& own) {
                    const int now = ++at_once;
                    int seen = most;
                    while (now > seen && !most.compare_exchange_weak(seen, now)) {
                    }
                    insert(own);
                    --at_once;
                    return 0;
                });
            }
        });
    }
    threads.clear();
    BOOST_TEST(rows() == 120U);
    BOOST_TEST(most <= 3);
    BOOST_TEST(connections() <= 3U);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_waits_too_long_gets_an_error, Fixture) {
    auto borrowed = pool(1, 50ms);
    borrowed.run([&](db::Connection&) {
        BOOST_CHECK_EXCEPTION((void)borrowed.run(id_of), db::Error, [](const db::Error& error) {
            return std::string_view(error.what()) == "all connections to the database are in use";
        });
        return 0;
    });
    BOOST_TEST(borrowed.run(id_of) > 0U);
}

BOOST_FIXTURE_TEST_CASE(a_request_takes_no_more_time_than_it_has, Fixture) {
    for (int row = 0; row < 100; ++row) (void)insert(connection);
    db::ConnectionPool borrowed({.connection = schema.settings(), .patience = 500ms, .operation_time = 500ms},
                                [](std::string_view, std::string_view) {});
    const auto endless = [](db::Connection& own) {
        return own.query_text("SELECT COUNT(*) FROM t a, t b, t c, t d, t e, t f WHERE a.a + f.a < 0").size();
    };
    BOOST_CHECK_EXCEPTION((void)borrowed.run(endless), db::Error, std::mem_fn(&db::Error::timed_out));
    // The next request has its full patience again.
    BOOST_TEST(borrowed.run(id_of) > 0U);
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_was_lost_is_replaced_and_the_work_done_again, Fixture) {
    auto borrowed = pool();
    const auto first = borrowed.run(id_of);
    proxy.cut_all();
    BOOST_TEST(borrowed.run(insert) == 1);
    BOOST_TEST(rows() == 1U);
    BOOST_TEST(borrowed.run(id_of) != first);
    BOOST_TEST(log.count("database_lost") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_transient_error_is_tried_again, Fixture) {
    auto borrowed = pool();
    int tries = 0;
    const int result = borrowed.run([&](db::Connection& own) {
        if (++tries < 3) throw db::Error(1213, "deadlock");
        return insert(own);
    });
    BOOST_TEST(result == 1);
    BOOST_TEST(tries == 3);
    BOOST_TEST(rows() == 1U);
    int in_vain = 0;
    BOOST_CHECK_THROW((void)borrowed.run([&](db::Connection&) -> int {
        ++in_vain;
        throw db::Error(1205, "lock wait");
    }),
                      db::Error);
    BOOST_TEST(in_vain > 1);
}

BOOST_FIXTURE_TEST_CASE(any_other_error_is_passed_on, Fixture) {
    auto borrowed = pool();
    const auto first = borrowed.run(id_of);
    int tries = 0;
    BOOST_CHECK_THROW((void)borrowed.run([&](db::Connection& own) {
        ++tries;
        return own.query_text("SELECT nonsense").size();
    }),
                      db::Error);
    BOOST_TEST(tries == 1);
    // A connection is not reused after an exception.
    BOOST_TEST(borrowed.run(id_of) != first);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_never_arrived_is_uncertain_and_not_repeated, Fixture) {
    for (const auto& [action, stored] :
         {std::pair{AtCommit::kCutBefore, 0U}, std::pair{AtCommit::kCutAfter, 1U}}) {
        auto borrowed = pool();
        int tries = 0;
        proxy.at_next_commit(action);
        BOOST_CHECK_THROW((void)borrowed.run([&](db::Connection& own) {
            ++tries;
            return insert(own);
        }),
                          db::CommitUncertain);
        BOOST_TEST(tries == 1);
        BOOST_TEST(rows() == stored);
        BOOST_TEST(borrowed.run(insert) == 1);
        BOOST_TEST(rows() == stored + 1);
        connection.execute_text("DELETE FROM t");
    }
}

BOOST_FIXTURE_TEST_CASE(requests_wait_for_a_database_that_restarts, Fixture) {
    auto borrowed = pool();
    BOOST_TEST(borrowed.run(insert) == 1);
    proxy.stay_away(true);
    proxy.cut_all();
    const std::jthread back([&] {
        while (!was_logged("database_away")) std::this_thread::sleep_for(1ms);
        proxy.stay_away(false);
    });
    BOOST_TEST(borrowed.run(insert) == 1);
    BOOST_TEST(rows() == 2U);
}

BOOST_FIXTURE_TEST_CASE(while_the_database_is_away_requests_fail_and_later_they_work, Fixture) {
    auto borrowed = pool();
    proxy.stay_away(true);
    proxy.cut_all();
    BOOST_CHECK_EXCEPTION((void)borrowed.run(insert), db::Error,
                          [](const db::Error& error) { return error.is(db::ErrorCategory::kLost); });
    for (int i = 0; i < 5; ++i) BOOST_CHECK_THROW((void)borrowed.run(insert), db::Error);
    BOOST_TEST(log.count("database_away") == 1U);
    proxy.stay_away(false);
    BOOST_TEST(borrowed.run(insert) == 1);
    BOOST_TEST(rows() == 1U);
}
