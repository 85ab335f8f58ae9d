#define BOOST_TEST_MODULE group_commit
#include "sql/group_commit/group_commit.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/sha256.hpp"
#include "sql/connection/schema.hpp"
#include "sql/operator/admin_store.hpp"
#include "sql/webhooks/access.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/waiting_writes.hpp"

namespace {

using namespace std::chrono_literals;
using testing::DatabaseProxy;

// Longer than any operation takes on a slow machine. The tests of time-outs set their own.
constexpr std::chrono::milliseconds kPatience = 30s;

const security::SecretCipher kSecrets(security::SecretCipher::Key{1, 2, 3});

// Two accounts with one target each, and an API key for registrations.
struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    db::Target target;
    db::Target other_target;
    db::ApiKey key;
    std::mutex log_mutex;
    std::vector<std::string> log;

    Fixture() {
        db::migrate(connection);
        db::AdminStore store(connection);
        const auto account = store.create_account("Account");
        const auto user = store.create_user(account.id, "ana@example.com", "Ana");
        key = store.create_key(user.id, "key", base::sha256("secret"), std::nullopt);
        target = store.create_target(account.id, "Shop", "https://shop.example.com");
        const auto other = store.create_account("Other");
        other_target = store.create_target(other.id, "Else", "https://else.example.com");
    }

    db::GroupCommit::Settings settings(db::ConnectionSettings through,
                                       std::chrono::milliseconds patience = kPatience) {
        return {.connection = std::move(through), .writers = 2, .patience = patience};
    }

    base::Report logger() {
        return [this](std::string_view event, std::string_view) {
            const std::lock_guard lock(log_mutex);
            log.emplace_back(event);
        };
    }

    // A writer answers requests before it writes to the log, so this waits for the line.
    bool was_logged(std::string_view event) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < deadline) {
            {
                const std::lock_guard lock(log_mutex);
                if (std::find(log.begin(), log.end(), event) != log.end()) return true;
            }
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }

    db::Registration registration(const std::string& name = "") const {
        return {.key = base::sha256("secret"),
                .scope = {target.id},
                .webhook = model::WebhookFields{.url = "https://ci.example.com/", .name = name}};
    }

    std::uint64_t count(const std::string& from) {
        return connection.query_text("SELECT COUNT(*) FROM " + from).number(0, 0);
    }
};

template <class Outcome>
bool is(const db::WriteOutcome& outcome) {
    return std::holds_alternative<Outcome>(outcome);
}

BOOST_FIXTURE_TEST_SUITE(group_commit_tests, Fixture)

BOOST_AUTO_TEST_CASE(the_answer_is_what_is_stored) {
    testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
    auto wanted = registration("Caf\xc3\xa9 '\"\\ \xf0\x9f\x92\xa9");
    wanted.webhook->check_cert = false;
    const auto outcome = writes.submit(wanted);
    BOOST_REQUIRE(is<model::Event>(outcome));
    const auto& event = std::get<model::Event>(outcome);
    BOOST_TEST(event.event_type == "target_created");
    BOOST_TEST(event.content.find("https://shop.example.com") != std::string::npos);
    BOOST_REQUIRE(event.deliveries.size() == 1U);
    const auto& delivery = event.deliveries[0];
    BOOST_TEST(delivery.retries == 0);
    BOOST_CHECK(delivery.status == model::DeliveryStatus::kScheduled);

    const auto row = connection.query(
        "SELECT account_id, target_id, url, name, check_cert, api_version, enabled, created_by FROM webhooks"
        " WHERE id = ?",
        {delivery.webhook_id});
    BOOST_REQUIRE(row.size() == 1U);
    BOOST_TEST(row.number(0, 0) == target.account_id);
    BOOST_TEST(row.number(0, 1) == target.id);
    BOOST_TEST(row.text(0, 2) == wanted.webhook->url);
    BOOST_TEST(row.text(0, 3) == wanted.webhook->name);
    BOOST_TEST(row.number(0, 4) == 0U);
    BOOST_TEST(row.text(0, 5) == "v1");
    BOOST_TEST(row.number(0, 6) == 1U);
    BOOST_TEST(row.number(0, 7) == key.user_id);

    const auto queued = connection.query(
        "SELECT event_id, status, DATE_FORMAT(next_try, '%Y-%m-%dT%H:%i:%s.%fZ'), retries FROM deliveries"
        " WHERE webhook_id = ?",
        {delivery.webhook_id});
    BOOST_REQUIRE(queued.size() == 1U);
    BOOST_TEST(queued.number(0, 0) == event.id);
    BOOST_TEST(queued.number(0, 1) == 0U);
    BOOST_TEST(queued.text(0, 2) == delivery.next_try.value());
    BOOST_TEST(queued.number(0, 3) == 0U);
}

BOOST_AUTO_TEST_CASE(key_and_target_are_checked_every_time) {
    testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
    db::AdminStore store(connection);
    auto unknown_key = registration();
    unknown_key.key = base::sha256("Secret");
    BOOST_CHECK(is<db::Unauthorised>(writes.submit(unknown_key)));
    auto others_target = registration();
    others_target.scope = {other_target.id};
    BOOST_CHECK(is<db::NoSuchTarget>(writes.submit(others_target)));
    auto no_target = registration();
    no_target.scope = {db::kNoId};
    BOOST_CHECK(is<db::NoSuchTarget>(writes.submit(no_target)));
    auto nothing_to_store = registration();
    nothing_to_store.webhook = std::nullopt;
    BOOST_CHECK(is<db::Allowed>(writes.submit(nothing_to_store)));
    BOOST_TEST(count("webhooks") == 0U);

    BOOST_CHECK(is<model::Event>(writes.submit(registration())));
    store.delete_target(target.id);
    BOOST_CHECK(is<db::NoSuchTarget>(writes.submit(registration())));
    store.revoke_key(key.id);
    BOOST_CHECK(is<db::Unauthorised>(writes.submit(registration())));
    BOOST_TEST(count("webhooks") == 1U);
}

BOOST_AUTO_TEST_CASE(an_expired_key_is_refused) {
    testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
    connection.execute_text("UPDATE api_keys SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
    BOOST_CHECK(is<db::Unauthorised>(writes.submit(registration())));
    connection.execute_text("UPDATE api_keys SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    BOOST_CHECK(is<model::Event>(writes.submit(registration())));
}

BOOST_AUTO_TEST_CASE(many_at_once_each_get_their_own_outcome) {
    constexpr int kThreads = 16;
    constexpr int kEach = 30;
    std::atomic<int> right = 0;
    {
        testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < kEach; ++k) {
                    auto wanted = registration("name " + std::to_string(i * kEach + k));
                    if (k % 3 == 1) wanted.key = base::sha256("wrong");
                    if (k % 3 == 2) wanted.scope = {other_target.id};
                    const auto outcome = writes.submit(wanted);
                    right += k % 3 == 0   ? is<model::Event>(outcome)
                             : k % 3 == 1 ? is<db::Unauthorised>(outcome)
                                          : is<db::NoSuchTarget>(outcome);
                }
            });
        }
    }
    BOOST_TEST(right == kThreads * kEach);
    BOOST_TEST(count("webhooks") == static_cast<unsigned>(kThreads * kEach / 3));
    BOOST_TEST(count("deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.event_id = (SELECT"
                     " created_event_id FROM targets WHERE id = w.target_id)") ==
               static_cast<unsigned>(kThreads * kEach / 3));
}

BOOST_AUTO_TEST_CASE(a_registration_that_can_not_be_stored_fails_alone) {
    // Only the database detects this error.
    connection.execute_text(
        "CREATE TRIGGER poison BEFORE INSERT ON webhooks FOR EACH ROW BEGIN IF NEW.name = 'poison' THEN"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poisoned'; END IF; END");
    constexpr int kThreads = 16;
    std::atomic<int> stored = 0;
    std::atomic<int> failed = 0;
    {
        testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < 10; ++k) {
                    const auto outcome = writes.submit(registration(i == 3 ? "poison" : "good"));
                    stored += is<model::Event>(outcome);
                    failed += is<db::Unavailable>(outcome);
                }
            });
        }
    }
    BOOST_TEST(stored == (kThreads - 1) * 10);
    BOOST_TEST(failed == 10);
    BOOST_TEST(count("webhooks") == static_cast<unsigned>((kThreads - 1) * 10));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_too_large_for_the_server_is_divided) {
    const auto usual = connection.query_text("SELECT @@global.max_allowed_packet").number(0, 0);
    constexpr unsigned kMany = 32;
    std::atomic<unsigned> stored = 0;
    connection.execute_text("SET GLOBAL max_allowed_packet = 32768");
    {
        testing::WaitingWrites writes(settings(schema.settings_of("api")), kSecrets, logger());
        connection.execute_text(
            "LOCK TABLES webhooks WRITE");  // the other registrations wait behind the first ones
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < kMany; ++i) {
            threads.emplace_back([&] {
                auto wanted = registration();
                wanted.webhook->url = "https://ci.example.com/" + std::string(2000, 'x');
                stored += is<model::Event>(writes.submit(wanted));
            });
        }
        std::this_thread::sleep_for(200ms);
        connection.execute_text("UNLOCK TABLES");
    }
    connection.execute_text("SET GLOBAL max_allowed_packet = " + std::to_string(usual));
    BOOST_TEST(stored == kMany);
    BOOST_TEST(count("webhooks") == kMany);
    BOOST_TEST(was_logged("batch_failed"));
}

BOOST_AUTO_TEST_CASE(a_connection_cut_while_idle_fails_no_request) {
    DatabaseProxy proxy(schema.settings_of("api"));
    testing::WaitingWrites writes(settings(proxy.settings()), kSecrets, logger());
    for (int i = 0; i < 5; ++i) {
        BOOST_CHECK(is<model::Event>(writes.submit(registration())));
        proxy.cut_all();
    }
    BOOST_TEST(count("webhooks") == 5U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_never_arrived_is_done_again) {
    DatabaseProxy proxy(schema.settings_of("api"));
    testing::WaitingWrites writes(settings(proxy.settings()), kSecrets, logger());
    proxy.at_next_commit(DatabaseProxy::AtCommit::kCutBefore);
    BOOST_CHECK(is<model::Event>(writes.submit(registration())));
    BOOST_TEST(count("webhooks") == 1U);
    BOOST_TEST(was_logged("commit_not_found"));
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_was_lost_is_found_by_its_ids) {
    DatabaseProxy proxy(schema.settings_of("api"));
    testing::WaitingWrites writes(settings(proxy.settings()), kSecrets, logger());
    proxy.at_next_commit(DatabaseProxy::AtCommit::kCutAfter);
    const auto outcome = writes.submit(registration());
    BOOST_REQUIRE(is<model::Event>(outcome));
    BOOST_TEST(count("webhooks") == 1U);
    BOOST_TEST(count("webhooks WHERE id = " +
                     std::to_string(std::get<model::Event>(outcome).deliveries.at(0).webhook_id)) == 1U);
    BOOST_TEST(was_logged("commit_found"));
}

BOOST_AUTO_TEST_CASE(a_commit_with_an_unknown_outcome_is_uncertain) {
    DatabaseProxy proxy(schema.settings_of("api"));
    testing::WaitingWrites writes(settings(proxy.settings(), 500ms), kSecrets, logger());
    proxy.at_next_commit(DatabaseProxy::AtCommit::kCutAfterAndStayAway);
    const auto outcome = writes.submit(registration());
    BOOST_REQUIRE(is<db::Unavailable>(outcome));
    BOOST_TEST(std::get<db::Unavailable>(outcome).outcome_uncertain);
    proxy.stay_away(false);
    while (!is<model::Event>(writes.submit(registration()))) std::this_thread::sleep_for(20ms);
    BOOST_TEST(count("webhooks") == 2U);
}

BOOST_AUTO_TEST_CASE(requests_fail_while_the_database_is_away_and_work_afterwards) {
    DatabaseProxy proxy(schema.settings_of("api"));
    testing::WaitingWrites writes(settings(proxy.settings(), 300ms), kSecrets, logger());
    proxy.stay_away(true);
    proxy.cut_all();
    int failures = 0;
    while (failures < 20) {
        const auto outcome = writes.submit(registration());
        BOOST_REQUIRE(is<db::Unavailable>(outcome));
        BOOST_TEST(!std::get<db::Unavailable>(outcome).outcome_uncertain);
        ++failures;
    }
    proxy.stay_away(false);
    while (!is<model::Event>(writes.submit(registration()))) std::this_thread::sleep_for(20ms);
    BOOST_TEST(count("webhooks") == 1U);
    BOOST_TEST(was_logged("database_lost"));
    BOOST_TEST(was_logged("database_connected"));
}

BOOST_AUTO_TEST_CASE(a_registration_that_timed_out_before_its_commit_is_not_stored_later) {
    testing::WaitingWrites writes(settings(schema.settings_of("api"), 300ms), kSecrets, logger());
    connection.execute_text("LOCK TABLES api_keys WRITE");
    const auto outcome = writes.submit(registration("too late"));
    BOOST_REQUIRE(is<db::Unavailable>(outcome));
    BOOST_TEST(!std::get<db::Unavailable>(outcome).outcome_uncertain);
    connection.execute_text("UNLOCK TABLES");
    while (!is<model::Event>(writes.submit(registration("in time")))) std::this_thread::sleep_for(20ms);
    BOOST_TEST(count("webhooks WHERE name = 'too late'") == 0U);
}

// The rows and the COMMIT are sent together.
BOOST_AUTO_TEST_CASE(a_registration_that_timed_out_while_it_was_stored_is_uncertain) {
    testing::WaitingWrites writes(settings(schema.settings_of("api"), 300ms), kSecrets, logger());
    connection.execute_text("LOCK TABLES webhooks WRITE");
    const auto outcome = writes.submit(registration());
    BOOST_REQUIRE(is<db::Unavailable>(outcome));
    BOOST_TEST(std::get<db::Unavailable>(outcome).outcome_uncertain);
    connection.execute_text("UNLOCK TABLES");
    while (!is<model::Event>(writes.submit(registration()))) std::this_thread::sleep_for(20ms);
}

BOOST_AUTO_TEST_CASE(statements_that_the_database_refuses_stop_it_at_the_start) {
    const auto api = schema.settings_of("api");
    connection.execute_text("ALTER TABLE webhooks RENAME COLUMN url TO address");
    BOOST_CHECK_THROW(testing::WaitingWrites(settings(api), kSecrets, logger()), db::Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
