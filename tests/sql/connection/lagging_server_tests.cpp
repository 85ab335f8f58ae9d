#define BOOST_TEST_MODULE lagging_server
#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/sha256.hpp"
#include "sql/connection/session.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/group_commit/group_commit.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/waiting_writes.hpp"
#include "tests/support/webhook_database.hpp"

// The answer to a COMMIT is lost, and the server that is asked for the outcome does not know it yet: another
// node of a cluster, or a replica that has become the primary. These tests hide the rows while the writer
// looks for them, and restore them afterwards.

namespace {

using namespace std::chrono_literals;
using AtCommit = testing::DatabaseProxy::AtCommit;
using testing::number;

constexpr std::chrono::milliseconds kPatience = 30s;

db::Session::Clock::time_point in(std::chrono::milliseconds time) {
    return db::Session::Clock::now() + time;
}

struct Fixture : testing::WebhookDatabase {
    testing::DatabaseProxy proxy{schema.settings()};
    std::mutex mutex;
    std::multiset<std::string> log;
    std::function<void(std::string_view event)> at_event = [](std::string_view) {};
    db::Availability availability{logger()};

    Fixture() {
        db::AdminStore(connection).create_key(user.id, "key", base::sha256("secret"), std::nullopt);
        connection.execute_text("CREATE TABLE hidden_webhooks LIKE webhooks");
        connection.execute_text("CREATE TABLE hidden_deliveries LIKE deliveries");
    }

    db::GroupCommit::Settings settings() { return {.connection = proxy.settings(), .patience = kPatience}; }

    base::Report logger() {
        return [this](std::string_view event, std::string_view) {
            const std::lock_guard lock(mutex);
            log.emplace(event);
            at_event(event);
        };
    }

    db::Registration registration(const std::string& name = "") const {
        return {.key = base::sha256("secret"),
                .scope = {target.id},
                .webhook = model::WebhookFields{.url = "https://ci.example.com/", .name = name}};
    }

    void hide(const std::string& which) {
        connection.execute_text("INSERT INTO hidden_webhooks SELECT * FROM webhooks WHERE " + which);
        connection.execute_text("DELETE FROM webhooks WHERE " + which);
        const std::string theirs = " WHERE webhook_id IN (SELECT id FROM hidden_webhooks)";
        connection.execute_text("INSERT INTO hidden_deliveries SELECT * FROM deliveries" + theirs);
        connection.execute_text("DELETE FROM deliveries" + theirs);
    }

    void show() {
        connection.execute_text("INSERT INTO webhooks SELECT * FROM hidden_webhooks");
        connection.execute_text("INSERT INTO deliveries SELECT * FROM hidden_deliveries");
    }

    void expect_one_row_each(const std::vector<db::WriteOutcome>& outcomes) {
        std::set<model::Id> ids;
        for (const auto& outcome : outcomes) {
            BOOST_REQUIRE(std::holds_alternative<model::Event>(outcome));
            const model::Delivery& delivery = std::get<model::Event>(outcome).deliveries.at(0);
            ids.insert(delivery.webhook_id);
            BOOST_TEST(number(connection,
                              "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND"
                              " DATE_FORMAT(next_try, '%Y-%m-%dT%H:%i:%s.%fZ') = ?",
                              {delivery.webhook_id, delivery.next_try.value()}) == 1U);
            BOOST_TEST(
                db::webhook_secret(connection, cipher, of_target(), delivery.webhook_id, {}).has_value());
        }
        BOOST_TEST(ids.size() == outcomes.size());
        BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks") == outcomes.size());
        BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries") == outcomes.size());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_webhook_that_shows_up_later_is_not_stored_twice, Fixture) {
    at_event = [&](std::string_view event) {
        if (event == "database_lost") hide("TRUE");
        if (event == "commit_not_found") show();
    };
    testing::WaitingWrites writes(settings(), cipher, logger());
    proxy.at_next_commit(AtCommit::kCutAfter);
    expect_one_row_each({writes.submit(registration())});
    BOOST_TEST(log.count("commit_not_found") == 1U);
}

// The other server never gets the commit, so the webhook is stored there again under the same id.
BOOST_FIXTURE_TEST_CASE(every_try_stores_under_the_same_id, Fixture) {
    at_event = [&](std::string_view event) {
        if (event == "database_lost") hide("TRUE");
    };
    testing::WaitingWrites writes(settings(), cipher, logger());
    proxy.at_next_commit(AtCommit::kCutAfter);
    expect_one_row_each({writes.submit(registration())});
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM hidden_webhooks h JOIN webhooks w ON w.id = h.id AND w.secret ="
                      " h.secret AND w.created_at = h.created_at") == 1U);
}

BOOST_FIXTURE_TEST_CASE(part_of_a_batch_may_be_found, Fixture) {
    constexpr int kMany = 8;
    at_event = [&](std::string_view event) {
        if (event == "database_lost") hide("name LIKE 'late%'");
        if (event == "commit_not_found") show();
    };
    // The first registration is a batch of its own, while the others wait.
    bool first = true;
    auto with_first = settings();
    with_first.stored = [&] {
        if (std::exchange(first, false)) proxy.at_next_commit(AtCommit::kCutAfter);
    };
    std::vector<db::WriteOutcome> outcomes;
    {
        testing::WaitingWrites writes(with_first, cipher, logger());
        connection.execute_text("LOCK TABLES webhooks WRITE");
        std::vector<std::future<db::WriteOutcome>> waiting;
        for (int i = 0; i <= kMany; ++i) {
            waiting.push_back(std::async(std::launch::async, [&, i] {
                return writes.submit(registration(i % 2 == 0 ? "early" : "late"));
            }));
            if (i == 0) std::this_thread::sleep_for(300ms);
        }
        std::this_thread::sleep_for(100ms);
        connection.execute_text("UNLOCK TABLES");
        for (auto& one : waiting) outcomes.push_back(one.get());
    }
    expect_one_row_each(outcomes);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_failed_for_sure_is_done_again, Fixture) {
    for (const int code : {1213, 1290, 1792, 1836, 3100, 3101}) {
        testing::WaitingWrites writes(settings(), cipher, logger());
        proxy.answer_next_commit(code, false);
        BOOST_TEST_CONTEXT(code) {
            BOOST_CHECK(std::holds_alternative<model::Event>(writes.submit(registration())));
        }
    }
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks") == 6U);
    BOOST_TEST(log.count("commit_found") + log.count("commit_not_found") == 0U);
}

BOOST_FIXTURE_TEST_CASE(any_other_error_of_a_commit_is_looked_into, Fixture) {
    std::uint64_t webhooks = 0;
    for (const int code : {1047, 1053, 1105, 1180, 1205, 2013}) {
        for (const bool carried_out : {true, false}) {
            testing::WaitingWrites writes(settings(), cipher, logger());
            proxy.answer_next_commit(code, carried_out);
            BOOST_TEST_CONTEXT(code << (carried_out ? ", carried out" : ", not carried out")) {
                BOOST_CHECK(std::holds_alternative<model::Event>(writes.submit(registration())));
                BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks") == ++webhooks);
            }
        }
    }
    BOOST_TEST(log.count("commit_found") == 6U);
    BOOST_TEST(log.count("commit_not_found") == 6U);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_takes_no_writes_is_left_for_another, Fixture) {
    db::Session session(proxy.settings(), availability);
    const model::Id id = add_webhook(of_target());
    for (const int code : {1047, 1290, 1792, 1836, 3032, 3100}) {
        proxy.answer_execute(2, code);
        const auto rename = [&](db::Connection& own) {
            return db::change_webhook(own, caller(), id, {.name = std::to_string(code)});
        };
        const auto changed = session.run(rename, in(kPatience));
        BOOST_TEST(changed.value().fields.name == std::to_string(code));
        BOOST_TEST(log.count("database_lost") == 1U);
        log.clear();
    }
}

BOOST_FIXTURE_TEST_CASE(an_event_that_shows_up_later_is_not_stored_twice, Fixture) {
    db::Session session(proxy.settings(), availability);
    const model::Id id = model::generate_id();
    int tries = 0;
    int looks = 0;
    std::function<std::optional<model::Id>(db::Connection&)> find = [&](db::Connection& other) {
        return ++looks == 2 && db::is_event_stored(other, id) ? std::optional(id) : std::nullopt;
    };
    const auto work = [&](db::Connection& own) {
        ++tries;
        db::Transaction transaction(own);
        db::record_event(own, {.owner = of_target(), .event_type = "scan_started", .content = "{}"},
                         [id] { return id; });
        transaction.commit();
        return id;
    };
    proxy.at_next_commit(AtCommit::kCutAfter);
    BOOST_TEST(session.run(work, find, in(kPatience)) == id);
    BOOST_TEST(tries == 2);
    BOOST_TEST(looks == 2);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM events WHERE event_type = 'scan_started'") == 1U);
}

BOOST_FIXTURE_TEST_CASE(after_an_uncertain_commit_no_failure_says_that_nothing_was_stored, Fixture) {
    db::Session session(proxy.settings(), availability);
    std::function<std::optional<int>(db::Connection&)> find = [](db::Connection&) {
        return std::optional<int>();
    };
    int tries = 0;
    const auto work = [&](db::Connection& own) -> int {
        if (++tries > 1) throw db::Error(1406, "data too long");
        db::Transaction transaction(own);
        transaction.commit();
        return 1;
    };
    proxy.at_next_commit(AtCommit::kCutAfter);
    BOOST_CHECK_THROW(session.run(work, find, in(300ms)), db::CommitUncertain);
    BOOST_TEST(tries == 2);
}

BOOST_FIXTURE_TEST_CASE(a_secret_is_rotated_once_however_often_it_is_tried, Fixture) {
    const model::Id id = add_webhook(of_target());
    const std::string secret = security::generate_secret();
    for (int tries = 0; tries < 3; ++tries) {
        BOOST_TEST(db::rotate_webhook_secret(connection, cipher, of_target(), id, {}, secret).value() ==
                   secret);
    }
    BOOST_TEST(retired_secrets(id).size() == 1U);
}
