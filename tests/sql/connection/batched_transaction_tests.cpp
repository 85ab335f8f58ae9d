#define BOOST_TEST_MODULE batched_transaction
#include "sql/connection/batched_transaction.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include <thread>

#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace {

using testing::DatabaseProxy;
using AtCommit = DatabaseProxy::AtCommit;
using db::SqlText;

db::ConnectionSettings with_many(db::ConnectionSettings settings) {
    settings.multi_statements = true;
    return settings;
}

struct Fixture {
    testing::TestSchema schema;
    db::Connection direct{schema.settings()};
    DatabaseProxy proxy{schema.settings()};
    db::Connection connection{with_many(proxy.settings())};

    Fixture() { direct.execute_text("CREATE TABLE t (a INT NOT NULL PRIMARY KEY) ENGINE=InnoDB"); }

    std::uint64_t rows() { return direct.query_text("SELECT COUNT(*) FROM t").number(0, 0); }
    bool works() { return connection.query_text("SELECT 1").number(0, 0) == 1; }
};

SqlText insert(std::uint64_t first, std::uint64_t last) {
    SqlText statement("INSERT INTO t VALUES (");
    statement.number(first);
    for (std::uint64_t n = first + 1; n <= last; ++n) statement.sql("), (").number(n);
    return statement.sql(")");
}

SqlText insert(std::uint64_t number) {
    return insert(number, number);
}

SqlText kill(std::uint64_t connection) {
    return SqlText("KILL ").number(connection);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(each_statement_has_its_result, Fixture) {
    db::BatchedTransaction transaction(connection);
    transaction.add(insert(1, 3));
    transaction.add(SqlText("SELECT ROW_COUNT()"));
    transaction.add(SqlText("SELECT a, a * 2 FROM t ORDER BY a"));
    transaction.add(SqlText("SELECT a FROM t WHERE a = 4"));
    const auto first = transaction.send();
    BOOST_REQUIRE(first.size() == 4U);
    BOOST_TEST(first[0].empty());
    BOOST_TEST(first[1].number(0, 0) == 3U);
    BOOST_TEST(first[2].size() == 3U);
    BOOST_TEST(first[2].number(2, 1) == 6U);
    BOOST_TEST(first[3].empty());
    BOOST_TEST(rows() == 0U);
    transaction.add(insert(4, 5));
    transaction.add(SqlText("SELECT COUNT(*) FROM t"));
    transaction.add(insert(6));
    const auto second = transaction.commit();
    BOOST_REQUIRE(second.size() == 3U);
    BOOST_TEST(second[1].number(0, 0) == 5U);
    BOOST_TEST(rows() == 6U);
    BOOST_TEST(works());
}

BOOST_FIXTURE_TEST_CASE(one_round_trip_is_enough, Fixture) {
    db::BatchedTransaction transaction(connection);
    transaction.add(insert(1));
    BOOST_TEST(transaction.commit().size() == 1U);
    BOOST_TEST(rows() == 1U);
}

BOOST_FIXTURE_TEST_CASE(without_a_commit_nothing_is_stored, Fixture) {
    {
        db::BatchedTransaction transaction(connection);
        transaction.add(insert(1));
        (void)transaction.send();
        transaction.add(insert(2));
    }
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(works());
    { const db::BatchedTransaction unused(connection); }
    BOOST_TEST(works());
}

// Which statement fails, of three before the COMMIT.
BOOST_FIXTURE_TEST_CASE(a_statement_that_fails_undoes_all, Fixture) {
    direct.execute_text("INSERT INTO t VALUES (7)");
    for (std::uint64_t failing = 0; failing < 3; ++failing) {
        BOOST_TEST_CONTEXT(failing) {
            {
                db::BatchedTransaction transaction(connection);
                for (std::uint64_t n = 0; n < 3; ++n) transaction.add(insert(n == failing ? 7 : n));
                BOOST_CHECK_EXCEPTION((void)transaction.commit(), db::Error, [](const db::Error& error) {
                    return error.duplicate_key() && !error.is(db::ErrorCategory::kUncertain);
                });
            }
            BOOST_TEST(rows() == 1U);
            BOOST_TEST(works());
        }
    }
    db::BatchedTransaction transaction(connection);
    transaction.add(SqlText("SELECT a FROM t"));
    transaction.add(SqlText("SELECT nonsense FROM t"));
    BOOST_CHECK_THROW((void)transaction.send(), db::Error);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_the_commit_that_undoes_it_is_told, Fixture) {
    for (const int code : {1213, 1290, 1792, 1836, 3100, 3101}) {
        BOOST_TEST_CONTEXT(code) {
            proxy.answer_next_commit(code, false);
            {
                db::BatchedTransaction transaction(connection);
                transaction.add(insert(1));
                transaction.add(SqlText("SELECT a FROM t"));
                BOOST_CHECK_EXCEPTION((void)transaction.commit(), db::Error, [code](const db::Error& error) {
                    return error.code() == code && !error.is(db::ErrorCategory::kUncertain);
                });
            }
            BOOST_TEST(rows() == 0U);
            BOOST_TEST(works());
        }
    }
}

BOOST_FIXTURE_TEST_CASE(any_other_error_of_the_commit_is_uncertain, Fixture) {
    for (const int code : {1047, 1053, 1105, 1180, 1205, 2013}) {
        for (const bool carried_out : {true, false}) {
            BOOST_TEST_CONTEXT(code << (carried_out ? ", carried out" : ", not carried out")) {
                proxy.answer_next_commit(code, carried_out);
                db::BatchedTransaction transaction(connection);
                transaction.add(insert(1));
                BOOST_CHECK_THROW((void)transaction.commit(), db::CommitUncertain);
                BOOST_TEST(rows() == (carried_out ? 1U : 0U));
                direct.execute_text("DELETE FROM t");
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_is_lost_leaves_the_outcome_open, Fixture) {
    for (const auto& [action, stored] :
         {std::pair{AtCommit::kCutBefore, 0U}, std::pair{AtCommit::kCutAfter, 1U}}) {
        db::Connection own(with_many(proxy.settings()));
        proxy.at_next_commit(action);
        db::BatchedTransaction transaction(own);
        transaction.add(insert(1));
        transaction.add(SqlText("SELECT a FROM t"));
        BOOST_CHECK_THROW((void)transaction.commit(), db::CommitUncertain);
        BOOST_TEST(rows() == stored);
        direct.execute_text("DELETE FROM t");
    }
}

// The server says that it was killed, or says nothing: in no case may it be called certain that nothing was stored
// if something was.
BOOST_FIXTURE_TEST_CASE(a_killed_connection_stores_nothing_unless_it_is_uncertain, Fixture) {
    for (int when = 0; when < 4; ++when) {
        db::Connection own(with_many(proxy.settings()));
        const auto number = own.query_text("SELECT CONNECTION_ID()").number(0, 0);
        db::BatchedTransaction transaction(own);
        for (int n = 0; n < 3; ++n) {
            if (n == when) transaction.add(kill(number));
            transaction.add(insert(static_cast<std::uint64_t>(n)));
        }
        if (when == 3) transaction.add(kill(number));
        BOOST_CHECK_THROW((void)transaction.commit(), db::Error);
        BOOST_TEST(rows() == 0U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_was_killed_before_a_commit_is_lost, Fixture) {
    db::BatchedTransaction transaction(connection);
    transaction.add(insert(1));
    transaction.add(SqlText("SELECT CONNECTION_ID()"));
    const auto number = transaction.send().at(1).number(0, 0);
    direct.execute_text(kill(number).str());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    transaction.add(insert(2));
    BOOST_CHECK_EXCEPTION((void)transaction.send(), db::Error,
                          [](const db::Error& error) { return error.is(db::ErrorCategory::kLost); });
    BOOST_TEST(rows() == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_statement_hides_in_another, Fixture) {
    std::vector<db::Rows> results;
    const std::array statements{SqlText("SELECT 1; SELECT 2")};
    BOOST_CHECK_THROW(connection.run_all(statements, results), std::logic_error);
    db::BatchedTransaction transaction(connection);
    // A value can't add one.
    transaction.add(SqlText("SELECT ").text("'; DROP TABLE t; --"));
    BOOST_TEST(transaction.commit().at(0).text(0, 0) == "'; DROP TABLE t; --");
}

BOOST_FIXTURE_TEST_CASE(other_connections_refuse_several_statements, Fixture) {
    db::BatchedTransaction transaction(direct);
    transaction.add(insert(1));
    BOOST_CHECK_THROW((void)transaction.commit(), db::Error);
    BOOST_TEST(rows() == 0U);
    BOOST_CHECK_THROW(direct.execute_text("DO 1; DO 2"), db::Error);
}
