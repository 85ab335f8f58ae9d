#define BOOST_TEST_MODULE idempotency
#include "sql/events/idempotency.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "sql/connection/retry.hpp"
#include "sql/connection/schema.hpp"
#include "tests/support/test_database.hpp"

namespace {

using db::AnsweredBefore;
using db::FirstUse;
using db::OtherRequest;

db::IdempotencyKey key_of(const std::string& key, const std::string& request = "a request",
                          model::Id target = 11) {
    return {1, target, base::sha256(key), base::sha256(request)};
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
    BOOST_TEST(answered->event_id == 4711U);
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

BOOST_FIXTURE_TEST_CASE(other_keys_and_other_scopes_are_free, Fixture) {
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k"), "one")));
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("K"), "two")));
    BOOST_CHECK(std::holds_alternative<FirstUse>(use(key_of("k", "a request", 12), "three")));
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
