#define BOOST_TEST_MODULE refused_statement
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "sql/connection/session.hpp"
#include "sql/webhooks/idempotency.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/webhook_database.hpp"

// A server may answer a prepared statement with a deadlock without reading it, as Galera does after another
// transaction has won. The work is repeated with the same statement and must have the same result as without
// the refusal.

namespace {

using testing::number;

constexpr int kDeadlock = 1213;

struct Fixture : testing::WebhookDatabase {
    testing::DatabaseProxy proxy{schema.settings_of("api")};
    db::Availability availability{[](std::string_view, std::string_view) {}};
    db::Session session{proxy.settings(), availability};

    template <class Work>
    auto run(const Work& work) {
        return session.run(work, db::Session::Clock::now() + db::kDefaultPatience);
    }

    // Runs the work with its first statement refused, then with the second, and so on to the last. Calls
    // check() after each run.
    template <class Work, class Check>
    void refuse_each(const Work& work, const Check& check) {
        unsigned nth = 1;
        for (bool refused = true; refused; ++nth) {
            proxy.answer_execute(nth, kDeadlock);
            const auto result = run(work);
            refused = proxy.has_answered_execute();
            proxy.answer_execute(0, kDeadlock);
            BOOST_TEST_CONTEXT("statement " << nth << " refused") {
                check(result);
            }
        }
        BOOST_TEST(nth > 3U);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(secrets_are_as_long_as_ever_and_open, Fixture) {
    const model::Id id = add_webhook(of_target());
    std::string former = db::webhook_secret(connection, cipher, of_target(), id, {}).value();
    const auto length = number(connection, "SELECT LENGTH(secret) FROM webhooks WHERE id = ?", {id});
    refuse_each(
        [&](db::Connection& own) {
            return db::rotate_webhook_secret(own, cipher, of_target(), id, {}).value();
        },
        [&](const std::string& secret) {
            BOOST_TEST(number(connection, "SELECT LENGTH(secret) FROM webhooks WHERE id = ?", {id}) ==
                       length);
            BOOST_TEST(number(connection,
                              "SELECT COUNT(*) FROM retired_secrets WHERE webhook_id = ? AND LENGTH(secret)"
                              " <> ?",
                              {id, length}) == 0U);
            BOOST_TEST(db::webhook_secret(connection, cipher, of_target(), id, {}).value() == secret);
            BOOST_TEST(retired_secrets(id).back() == former);
            former = secret;
        });
}

BOOST_FIXTURE_TEST_CASE(a_key_is_remembered_under_its_digest_and_its_answer_found, Fixture) {
    for (const std::size_t length : {std::size_t{20}, 2 * db::kMaxTextBytes}) {
        const std::string answer(length, 'x');
        std::string name;
        const auto key = [&] {
            return db::IdempotencyKey{1, base::sha256(name), base::sha256("request of " + name)};
        };
        const auto use = [&](db::Connection& own) {
            db::Transaction transaction(own);
            auto outcome = db::claim_idempotency_key(own, key());
            if (std::holds_alternative<db::FirstUse>(outcome)) {
                db::remember_answer(own, key(), {4711, answer});
            }
            transaction.commit();
            return outcome;
        };
        std::uint64_t uses = number(connection, "SELECT COUNT(*) FROM idempotency_keys");
        name = "key 1 of " + std::to_string(length);
        refuse_each(use, [&](const db::IdempotencyOutcome& outcome) {
            BOOST_CHECK(std::holds_alternative<db::FirstUse>(outcome));
            const auto repeat = run(use);
            BOOST_REQUIRE(std::holds_alternative<db::AnsweredBefore>(repeat));
            BOOST_CHECK(std::get<db::AnsweredBefore>(repeat).response == answer);
            BOOST_TEST(number(connection, "SELECT COUNT(*) FROM idempotency_keys") == ++uses);
            name += "+";
        });
    }
}

BOOST_FIXTURE_TEST_CASE(a_binary_parameter_must_be_unhexed, Fixture) {
    BOOST_CHECK_THROW((void)connection.query("SELECT ?", {db::Bytes{"a"}}), std::logic_error);
    BOOST_CHECK_THROW((void)connection.query("SELECT UNHEX(?)", {std::string("61")}), std::logic_error);
    const std::string all = [] {
        std::string bytes;
        for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
        return bytes;
    }();
    BOOST_CHECK(connection.query("SELECT UNHEX(?)", {db::Bytes{all}}).text(0, 0) == all);
    BOOST_CHECK(connection.query("SELECT UNHEX(?)", {db::Bytes{""}}).text(0, 0).empty());
}

BOOST_FIXTURE_TEST_CASE(text_is_no_longer_than_fits_into_the_statement, Fixture) {
    const std::string longest(db::kMaxTextBytes, 'x');
    BOOST_TEST(number(connection, "SELECT LENGTH(?)", {longest}) == longest.size());
    BOOST_CHECK_THROW((void)connection.query("SELECT LENGTH(?)", {longest + "x"}), std::length_error);
}

BOOST_FIXTURE_TEST_CASE(a_statement_that_must_change_one_row_fails_otherwise, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://example.com", .name = "a"});
    constexpr std::string_view kRename = "UPDATE webhooks SET name = ? WHERE id = ?";
    connection.execute_one(kRename, {std::string("b"), id});
    connection.execute_one(kRename, {std::string("b"), id});  // the same name again
    BOOST_CHECK_THROW(connection.execute_one(kRename, {std::string("c"), id + 1}), db::Error);
    add_webhook(of_target());
    BOOST_CHECK_THROW(connection.execute_one("UPDATE webhooks SET name = ?", {std::string("c")}), db::Error);
    BOOST_CHECK_THROW(connection.update_text("UPDATE webhooks SET name = 'd'", 1), db::Error);
    connection.update_text("UPDATE webhooks SET name = 'd'", 2);
    const db::IdempotencyKey unclaimed{1, base::sha256("k"), base::sha256("r")};
    BOOST_CHECK_THROW(db::remember_answer(connection, unclaimed, {1, "answer"}), db::Error);
}
