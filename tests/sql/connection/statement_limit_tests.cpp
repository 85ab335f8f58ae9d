#define BOOST_TEST_MODULE statement_limit
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "sql/connection/connection.hpp"
#include "tests/support/test_database.hpp"

namespace {

using namespace std::chrono_literals;

// Reads 10^16 combinations of rows and returns none.
const std::string kEndless =
    " FROM t a, t b, t c, t d, t e, t f, t g, t h WHERE a.a + b.a + c.a + d.a + e.a + f.a + g.a + h.a < 0";
const std::string kNoLimit = "SET SESSION /*M! max_statement_time = 0 *//*!80000 max_execution_time = 0 */";

struct Fixture {
    testing::TestSchema schema;
    db::Connection observer{schema.settings()};
    db::Connection impatient{impatient_settings()};

    Fixture() {
        observer.execute_text("CREATE TABLE t (a INT NOT NULL) ENGINE=InnoDB");
        for (int row = 0; row < 100; ++row) observer.execute_text("INSERT INTO t VALUES (1)");
    }

    db::ConnectionSettings impatient_settings() const {
        auto settings = schema.settings();
        settings.io_timeout = 2s;
        return settings;
    }

    std::uint64_t running() {
        return observer
            .query_text(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"
                " AND command <> 'Sleep' AND id <> CONNECTION_ID()")
            .number(0, 0);
    }

    bool is_idle() {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (running() > 0 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(20ms);
        }
        return running() == 0;
    }
};

BOOST_FIXTURE_TEST_SUITE(sql_db_statement_limit, Fixture)

BOOST_AUTO_TEST_CASE(the_server_ends_a_statement_that_takes_too_long) {
    const auto timed_out = std::mem_fn(&db::Error::timed_out);
    BOOST_CHECK_EXCEPTION((void)impatient.query_text("SELECT COUNT(*)" + kEndless), db::Error, timed_out);
    BOOST_CHECK_EXCEPTION((void)impatient.query("SELECT COUNT(*)" + kEndless), db::Error, timed_out);
    BOOST_TEST(running() == 0U);
    // The connection still works.
    BOOST_TEST(impatient.query_text("SELECT COUNT(*) FROM t").number(0, 0) == 100U);
}

BOOST_AUTO_TEST_CASE(a_shorter_limit_holds_until_there_is_another) {
    auto settings = schema.settings();
    settings.io_timeout = 60s;
    db::Connection connection(settings);
    connection.limit_statements(500ms);
    BOOST_CHECK_EXCEPTION((void)connection.query_text("SELECT COUNT(*)" + kEndless), db::Error,
                          std::mem_fn(&db::Error::timed_out));
    connection.limit_statements(30s);
    BOOST_TEST(connection.query_text("SELECT SLEEP(1)").number(0, 0) == 0U);
}

// MySQL has no limit for writes, so this side kills the statement.
BOOST_AUTO_TEST_CASE(a_write_that_takes_too_long_ends_on_the_server) {
    BOOST_CHECK_THROW(impatient.execute_text("INSERT INTO t SELECT a.a" + kEndless), db::Error);
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(a_statement_past_the_time_out_is_killed) {
    impatient.execute_text(kNoLimit);
    BOOST_CHECK_EXCEPTION((void)impatient.query_text("SELECT COUNT(*)" + kEndless), db::Error,
                          [](const db::Error& error) { return error.is(db::ErrorCategory::kLost); });
    BOOST_TEST(is_idle());
}

BOOST_AUTO_TEST_CASE(locks_of_a_killed_statement_are_free) {
    impatient.execute_text(kNoLimit);
    impatient.execute_text("START TRANSACTION");
    impatient.execute_text("UPDATE t SET a = 2");
    BOOST_CHECK_THROW((void)impatient.query_text("SELECT COUNT(*)" + kEndless), db::Error);
    BOOST_TEST(observer.update_text("UPDATE t SET a = 3") == 100U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
