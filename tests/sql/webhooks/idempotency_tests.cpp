#define BOOST_TEST_MODULE idempotency
#include "sql/webhooks/idempotency.hpp"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "common/base/ascii.hpp"
#include "sql/connection/retry.hpp"
#include "sql/connection/schema.hpp"
#include "sql/operator/admin_store.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/test_database.hpp"

namespace {

using db::AnsweredBefore;
using db::FirstUse;
using db::OtherRequest;

db::IdempotencyKey key_of(const std::string& key, const std::string& request = "a request",
                          model::Id account = 1) {
    return {account, base::sha256(key), base::sha256(request)};
}

// Runs as the API's user, which shows that its rights suffice.
struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{migrated(schema)};

    static db::ConnectionSettings migrated(testing::TestSchema& schema) {
        db::Connection admin(schema.settings());
        db::migrate(admin);
        return schema.settings_of("api");
    }

    db::IdempotencyOutcome use(const db::IdempotencyKey& key, const std::string& answer) {
        return db::in_transaction(connection, [&] {
            auto outcome = db::claim_idempotency_key(connection, key);
            if (std::holds_alternative<FirstUse>(outcome))
                db::remember_answer(connection, key, {4711, answer});
            return outcome;
        });
    }

    void make_older(const std::string& interval) {
        db::Connection(schema.settings())
            .execute_text("UPDATE idempotency_keys SET created_at = created_at - INTERVAL " + interval);
    }
};

void check_answered(const db::IdempotencyOutcome& outcome, const std::string& response) {
    const auto* const answered = std::get_if<AnsweredBefore>(&outcome);
    BOOST_REQUIRE(answered != nullptr);
    BOOST_TEST(answered->object_id == 4711U);
    BOOST_TEST((answered->response == response));
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_repeat_finds_the_answer_byte_for_byte, Fixture) {
    const std::string answer = "{\"a\": \"\xC3\xBC \xF0\x9F\x98\x80 '\\\\\"}\n";
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), answer)));
    check_answered(use(key_of("k"), "another"), answer);
    check_answered(use(key_of("k"), "another"), answer);
}

BOOST_FIXTURE_TEST_CASE(an_answer_may_be_large, Fixture) {
    const std::string answer(3'000'000, 'x');
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), answer)));
    check_answered(use(key_of("k"), ""), answer);
}

BOOST_FIXTURE_TEST_CASE(another_request_is_told_apart, Fixture) {
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), "one")));
    BOOST_CHECK(std::holds_alternative<OtherRequest>(use(key_of("k", "another request"), "two")));
    check_answered(use(key_of("k"), "three"), "one");
}

BOOST_FIXTURE_TEST_CASE(other_keys_and_other_accounts_are_free, Fixture) {
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), "one")));
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("K"), "two")));
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k", "a request", 2), "three")));
}

BOOST_FIXTURE_TEST_CASE(an_undone_answer_is_not_remembered, Fixture) {
    {
        const db::Transaction transaction(connection);
        BOOST_CHECK(std::holds_alternative<FirstUse>(db::claim_idempotency_key(connection, key_of("k"))));
    }
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k", "another request"), "one")));
    check_answered(use(key_of("k", "another request"), ""), "one");
}

BOOST_FIXTURE_TEST_CASE(a_key_is_free_again_after_24_hours, Fixture) {
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), "one")));
    make_older("86390 SECOND");
    check_answered(use(key_of("k"), "two"), "one");
    make_older("11 SECOND");
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k", "another request"), "two")));
    check_answered(use(key_of("k", "another request"), "three"), "two");
    BOOST_CHECK(std::holds_alternative<OtherRequest>(use(key_of("k"), "three")));
}

BOOST_FIXTURE_TEST_CASE(a_look_up_tells_the_state_of_each_key, Fixture) {
    db::Connection admin(schema.settings());
    db::AdminStore store(admin);
    const model::Id account = store.create_account("Example").id;
    const model::Id user = store.create_user(account, "ana@example.com", "Ana").id;
    (void)store.create_key(user, "key", base::sha256("caller"), std::nullopt);
    const auto of_account = [&](const std::string& key) { return key_of(key, "a request", account); };
    (void)use(of_account("answered"), "one");
    (void)use(of_account("old"), "one");
    admin.execute(
        "UPDATE idempotency_keys SET created_at = created_at - INTERVAL 1 DAY WHERE key_digest = UNHEX(?)",
        {db::Bytes{std::string(base::as_text(base::sha256("old")))}});
    const db::Transaction claims(connection);
    BOOST_CHECK(
        std::holds_alternative<FirstUse>(db::claim_idempotency_key(connection, of_account("claimed"))));

    db::ConnectionSettings settings = schema.settings_of("api");
    settings.multi_statements = true;
    db::Connection other(settings);
    const auto look_up = [](const std::string& key, const std::string& request = "a request") {
        return db::KeyLookUp{base::sha256("caller"), base::sha256(key), base::sha256(request)};
    };
    const std::vector<db::KeyLookUp> keys{look_up("claimed"), look_up("answered"), look_up("unused"),
                                          look_up("old"), look_up("answered", "another request")};
    const auto states = db::look_up_idempotency_keys(other, keys);
    BOOST_REQUIRE(states.size() == keys.size());
    BOOST_CHECK(std::holds_alternative<db::BusyKey>(states[0]));
    BOOST_REQUIRE(std::holds_alternative<AnsweredBefore>(states[1]));
    BOOST_TEST(std::get<AnsweredBefore>(states[1]).response == "one");
    BOOST_CHECK(std::holds_alternative<FirstUse>(states[2]));
    BOOST_CHECK(std::holds_alternative<db::BusyKey>(states[3]));
    BOOST_CHECK(std::holds_alternative<OtherRequest>(states[4]));
    db::await_idempotency_key(other, of_account("old"));
    db::await_idempotency_key(other, of_account("answered"));
    db::await_idempotency_key(other, of_account("unused"));
    const auto after = db::look_up_idempotency_keys(other, keys);
    BOOST_CHECK(std::holds_alternative<AnsweredBefore>(after[1]));
    BOOST_CHECK(std::holds_alternative<FirstUse>(after[3]));
}

BOOST_FIXTURE_TEST_CASE(whoever_awaits_a_key_waits_for_the_transaction_that_holds_it, Fixture) {
    std::future<void> waiting;
    {
        db::Transaction claims(connection);
        BOOST_CHECK(std::holds_alternative<FirstUse>(db::claim_idempotency_key(connection, key_of("k"))));
        waiting = std::async(std::launch::async, [this] {
            db::Connection other(schema.settings_of("api"));
            db::await_idempotency_key(other, key_of("k"));
        });
        BOOST_CHECK(waiting.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout);
        db::remember_answer(connection, key_of("k"), {4711, "one"});
        claims.commit();
    }
    waiting.get();
    check_answered(use(key_of("k"), "two"), "one");
}

BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_the_primary_key, Fixture) {
    connection.execute_text(
        "INSERT INTO idempotency_keys WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900)"
        " SELECT 1, UNHEX(SHA2(n, 256)), UNHEX(SHA2('', 256)), n, 'x', UTC_TIMESTAMP(6) - INTERVAL n MOD 2 * 2 DAY FROM s");
    db::Connection admin(schema.settings());
    (void)admin.query_text("ANALYZE TABLE idempotency_keys");
    testing::StatementLog log(admin);
    {
        const db::Transaction undone(admin);
        BOOST_CHECK(std::holds_alternative<OtherRequest>(db::claim_idempotency_key(admin, key_of("6"))));
        db::remember_answer(admin, key_of("6"), {1, "y"});
        db::await_idempotency_key(admin, key_of("5"));
    }
    auto statements = log.statements();
    BOOST_TEST(statements.size() == 3U);
    const std::vector<db::KeyLookUp> looked_up(64);
    statements.push_back(db::select_stored_answers(looked_up).str());
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            const auto plan = log.explain(statement);
            const auto is_ours = [](const testing::PlanStep& step) {
                return step.table == "idempotency_keys" || step.table == "i";
            };
            const auto step = std::ranges::find_if(plan, is_ours);
            BOOST_REQUIRE((step != plan.end()));
            BOOST_TEST(step->key == "PRIMARY");
        }
    }
}

// Half of the rounds begin with an expired key, which one of the requests takes over.
BOOST_FIXTURE_TEST_CASE(one_of_several_concurrent_requests_is_the_first, Fixture) {
    constexpr int kRounds = 10;
    constexpr int kThreads = 6;
    const db::ConnectionSettings settings = schema.settings_of("api");
    for (int round = 0; round < kRounds; ++round) {
        const db::IdempotencyKey key = key_of("k" + std::to_string(round / 2));
        std::atomic<int> first = 0;
        std::atomic<int> repeats = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                db::Connection own(settings);
                const auto outcome = db::in_transaction(own, [&] {
                    auto claimed = db::claim_idempotency_key(own, key);
                    if (std::holds_alternative<FirstUse>(claimed))
                        db::remember_answer(own, key, {1, "answer"});
                    return claimed;
                });
                const auto* const answered = std::get_if<AnsweredBefore>(&outcome);
                first += std::holds_alternative<FirstUse>(outcome) ? 1 : 0;
                repeats += answered != nullptr && answered->response == "answer" ? 1 : 0;
            });
        }
        threads.clear();
        BOOST_TEST(first == 1);
        BOOST_TEST(repeats == kThreads - 1);
        make_older("1 DAY");
    }
}
