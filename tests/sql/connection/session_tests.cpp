#define BOOST_TEST_MODULE session
#include "sql/connection/session.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace {

using namespace std::chrono_literals;
using testing::DatabaseProxy;
using AtCommit = DatabaseProxy::AtCommit;
using Clock = db::Session::Clock;

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    DatabaseProxy proxy{schema.settings()};
    std::mutex mutex;
    std::multiset<std::string> log;
    db::Availability availability{[this](std::string_view event, std::string_view) {
                                      const std::lock_guard lock(mutex);
                                      log.emplace(event);
                                  },
                                  30s};
    db::Session session{proxy.settings(), availability};

    Fixture() { connection.execute_text("CREATE TABLE t (a INT NOT NULL) ENGINE=InnoDB"); }

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

Clock::time_point in(std::chrono::milliseconds time) {
    return Clock::now() + time;
}

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
    BOOST_TEST(connections() == 0U);
    const auto first = session.run(id_of, in(30s));
    BOOST_TEST(session.run(id_of, in(30s)) == first);
    BOOST_TEST(connections() == 1U);
    BOOST_TEST(log.empty());
}

BOOST_FIXTURE_TEST_CASE(each_new_connection_is_set_up, Fixture) {
    int set_ups = 0;
    db::Session own(proxy.settings(), availability, [&](db::Connection&) { ++set_ups; });
    own.connect();
    BOOST_TEST(set_ups == 1);
    own.run(insert, in(30s));
    BOOST_TEST(set_ups == 1);
    proxy.cut_all();
    own.run(insert, in(30s));
    BOOST_TEST(set_ups == 2);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_configuration_is_found_at_start, Fixture) {
    auto settings = proxy.settings();
    settings.password = "wrong";
    settings.user = "nobody";
    BOOST_CHECK_THROW(db::Session(settings, availability).connect(), db::Error);
    BOOST_TEST(session.run(insert, in(30s)) == 1);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_begun_after_the_deadline, Fixture) {
    BOOST_CHECK_THROW((void)session.run(insert, Clock::now()), db::Error);
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(session.run(insert, in(30s)) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_statement_ends_at_the_deadline, Fixture) {
    for (int row = 0; row < 100; ++row) (void)insert(connection);
    const auto endless = [](db::Connection& own) {
        return own.query_text("SELECT COUNT(*) FROM t a, t b, t c, t d, t e, t f WHERE a.a + f.a < 0").size();
    };
    const auto start = Clock::now();
    BOOST_CHECK_EXCEPTION((void)session.run(endless, in(500ms)), db::Error,
                          std::mem_fn(&db::Error::timed_out));
    BOOST_CHECK(Clock::now() - start < 10s);
    // The next run has its full time again.
    BOOST_TEST(session.run(id_of, in(30s)) > 0U);
}

BOOST_FIXTURE_TEST_CASE(work_beyond_its_deadline_can_be_seen, Fixture) {
    BOOST_TEST(!session.is_overdue());
    session.run(
        [&](db::Connection&) {
            BOOST_TEST(!session.is_overdue());
            std::this_thread::sleep_for(100ms);
            BOOST_TEST(session.is_overdue());
            return 0;
        },
        in(50ms));
    BOOST_TEST(!session.is_overdue());
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_was_lost_is_replaced_and_the_work_done_again, Fixture) {
    const auto first = session.run(id_of, in(30s));
    proxy.cut_all();
    BOOST_TEST(session.run(insert, in(30s)) == 1);
    BOOST_TEST(rows() == 1U);
    BOOST_TEST(session.run(id_of, in(30s)) != first);
    BOOST_TEST(log.count("database_lost") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_loss_makes_the_other_sessions_connect_anew, Fixture) {
    db::Session other(proxy.settings(), availability);
    const auto first = other.run(id_of, in(30s));
    session.connect();
    proxy.cut_all();
    BOOST_TEST(session.run(insert, in(30s)) == 1);
    BOOST_TEST(other.run(id_of, in(30s)) != first);
    BOOST_TEST(log.count("database_lost") == 1U);
    // Connections that are younger than the loss are kept.
    const auto second = session.run(id_of, in(30s));
    BOOST_TEST(session.run(id_of, in(30s)) == second);
}

BOOST_FIXTURE_TEST_CASE(work_that_always_loses_its_connection_is_given_up, Fixture) {
    int tries = 0;
    const auto work = [&](db::Connection& own) {
        ++tries;
        proxy.cut_all();
        return id_of(own);
    };
    BOOST_CHECK_EXCEPTION((void)session.run(work, in(30s)), db::Error,
                          [](const db::Error& error) { return error.is(db::ErrorCategory::kLost); });
    BOOST_TEST(tries == 4);
}

BOOST_FIXTURE_TEST_CASE(a_transient_error_is_tried_again, Fixture) {
    int tries = 0;
    const auto work = [&](db::Connection& own) {
        if (++tries < 3) throw db::Error(1213, "deadlock");
        return insert(own);
    };
    BOOST_TEST(session.run(work, in(30s)) == 1);
    BOOST_TEST(tries == 3);
    BOOST_TEST(rows() == 1U);
    int in_vain = 0;
    const auto hopeless = [&](db::Connection&) -> int {
        ++in_vain;
        throw db::Error(1205, "lock wait");
    };
    BOOST_CHECK_THROW((void)session.run(hopeless, in(30s)), db::Error);
    BOOST_TEST(in_vain > 1);
}

BOOST_FIXTURE_TEST_CASE(any_other_error_is_passed_on, Fixture) {
    const auto first = session.run(id_of, in(30s));
    int tries = 0;
    const auto work = [&](db::Connection& own) {
        ++tries;
        return own.query_text("SELECT nonsense").size();
    };
    BOOST_CHECK_THROW((void)session.run(work, in(30s)), db::Error);
    BOOST_TEST(tries == 1);
    // A connection is not reused after an exception.
    BOOST_TEST(session.run(id_of, in(30s)) != first);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_never_arrived_is_uncertain_and_not_repeated, Fixture) {
    for (const auto& [action, stored] :
         {std::pair{AtCommit::kCutBefore, 0U}, std::pair{AtCommit::kCutAfter, 1U}}) {
        int tries = 0;
        proxy.at_next_commit(action);
        const auto work = [&](db::Connection& own) {
            ++tries;
            return insert(own);
        };
        BOOST_CHECK_THROW((void)session.run(work, in(30s)), db::CommitUncertain);
        BOOST_TEST(tries == 1);
        BOOST_TEST(rows() == stored);
        BOOST_TEST(session.run(insert, in(30s)) == 1);
        BOOST_TEST(rows() == stored + 1);
        connection.execute_text("DELETE FROM t");
    }
}

BOOST_FIXTURE_TEST_CASE(work_waits_for_a_database_that_restarts, Fixture) {
    BOOST_TEST(session.run(insert, in(30s)) == 1);
    proxy.stay_away(true);
    proxy.cut_all();
    const std::jthread back([&] {
        while (!was_logged("database_away")) std::this_thread::sleep_for(1ms);
        proxy.stay_away(false);
    });
    BOOST_TEST(session.run(insert, in(30s)) == 1);
    BOOST_TEST(rows() == 2U);
    BOOST_TEST(was_logged("database_connected"));
}

BOOST_FIXTURE_TEST_CASE(while_the_database_is_away_work_fails_and_later_it_is_done, Fixture) {
    session.connect();
    proxy.stay_away(true);
    proxy.cut_all();
    BOOST_CHECK_EXCEPTION((void)session.run(insert, in(30s)), db::Error,
                          [](const db::Error& error) { return error.is(db::ErrorCategory::kLost); });
    BOOST_TEST(availability.is_away());
    const auto start = Clock::now();
    for (int i = 0; i < 20; ++i) BOOST_CHECK_THROW((void)session.run(insert, in(30s)), db::Error);
    BOOST_CHECK(Clock::now() - start < 10s);
    BOOST_TEST(log.count("database_away") == 1U);
    proxy.stay_away(false);
    std::this_thread::sleep_for(50ms);  // the pause between two tries
    BOOST_TEST(session.run(insert, in(30s)) == 1);
    BOOST_TEST(!availability.is_away());
    BOOST_TEST(rows() == 1U);
}

BOOST_FIXTURE_TEST_CASE(nobody_waits_for_the_database_beyond_the_deadline, Fixture) {
    proxy.stay_away(true);
    const auto start = Clock::now();
    BOOST_CHECK_THROW((void)session.run(insert, in(200ms)), db::Error);
    BOOST_CHECK(Clock::now() - start < 10s);
}

BOOST_FIXTURE_TEST_CASE(an_idle_session_can_look_for_the_database, Fixture) {
    proxy.stay_away(true);
    BOOST_CHECK_THROW((void)session.run(insert, in(30s)), db::Error);
    session.reconnect();
    BOOST_TEST(availability.is_away());
    proxy.stay_away(false);
    std::this_thread::sleep_for(50ms);
    session.reconnect();
    BOOST_TEST(!availability.is_away());
    BOOST_TEST(connections() == 1U);
}
