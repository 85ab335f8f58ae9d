#define BOOST_TEST_MODULE uncertain_commit
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sql/connection/schema.hpp"
#include "sql/connection/session.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

// A session whose connection is cut between a COMMIT and its answer.

namespace {

using AtCommit = testing::DatabaseProxy::AtCommit;

struct Fixture {
    testing::TestSchema schema;
    db::Connection direct{schema.settings()};
    testing::DatabaseProxy proxy{schema.settings()};
    db::Availability availability{[](std::string_view, std::string_view) {}};
    db::Session session{proxy.settings(), availability};
    int tries = 0;

    Fixture() { db::migrate(direct); }

    // Does what publishing an event does.
    model::Id record(bool can_tell) {
        std::function<std::optional<model::Id>(db::Connection&)> find;
        const auto work = [&](db::Connection& connection) {
            ++tries;
            db::Transaction transaction(connection);
            const model::Id id =
                db::record_event(connection, {model::Owner{1, 11}, "scan_started", "{}", std::nullopt});
            if (can_tell) {
                find = [id](db::Connection& other) {
                    return db::is_event_stored(other, id) ? std::optional(id) : std::nullopt;
                };
            }
            transaction.commit();
            return id;
        };
        return session.run(work, find, db::Session::Clock::now() + db::kDefaultPatience);
    }

    std::uint64_t events() { return direct.query("SELECT COUNT(*) FROM events").number(0, 0); }
    bool is_there(model::Id id) { return db::is_event_stored(direct, id); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_commit_that_happened_is_found, Fixture) {
    proxy.at_next_commit(AtCommit::kCutAfter);
    const model::Id id = record(true);
    BOOST_TEST(is_there(id));
    BOOST_TEST(tries == 1);
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_did_not_happen_is_done_again, Fixture) {
    proxy.at_next_commit(AtCommit::kCutBefore);
    const model::Id id = record(true);
    BOOST_TEST(is_there(id));
    BOOST_TEST(tries == 2);
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_outcome_is_reported, Fixture) {
    proxy.at_next_commit(AtCommit::kCutAfterAndStayAway);
    const auto start = std::chrono::steady_clock::now();
    BOOST_CHECK_THROW(record(true), db::CommitUncertain);
    BOOST_CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
    BOOST_TEST(tries == 1);
    BOOST_TEST(events() == 1U);
}

BOOST_FIXTURE_TEST_CASE(without_find_the_outcome_stays_uncertain, Fixture) {
    proxy.at_next_commit(AtCommit::kCutAfter);
    BOOST_CHECK_THROW(record(false), db::CommitUncertain);
    BOOST_TEST(tries == 1);
    BOOST_TEST(events() == 1U);
    // The session still works.
    BOOST_TEST(is_there(record(false)));
}
