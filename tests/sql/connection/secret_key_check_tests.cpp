#define BOOST_TEST_MODULE secret_key_check
#include "sql/connection/secret_key_check.hpp"

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "sql/connection/schema.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

struct Fixture : testing::WebhookDatabase {
    security::SecretCipher other{security::SecretCipher::Key{9}};
};

bool names_the_key(const db::WrongSecretKey& error) {
    return std::string(error.what()).find("secret_key") != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_first_key_is_remembered_and_every_other_refused, Fixture) {
    BOOST_CHECK_NO_THROW(db::require_secret_key(connection, cipher));
    BOOST_CHECK_NO_THROW(db::require_secret_key(connection, cipher));
    BOOST_CHECK_EXCEPTION(db::require_secret_key(connection, other), db::WrongSecretKey, names_the_key);
    BOOST_CHECK_NO_THROW(db::require_secret_key(connection, cipher));
}

BOOST_FIXTURE_TEST_CASE(the_stored_value_is_not_the_key, Fixture) {
    db::require_secret_key(connection, cipher);
    const std::string stored = connection.query("SELECT value FROM secret_key_check").text(0, 0);
    BOOST_TEST(stored.size() == 32U);
    BOOST_TEST((stored.substr(0, 3) != std::string("\x01\x02\x03")));
    BOOST_TEST((cipher.key_check() != other.key_check()));
}

// The steps of docs/operations.md for a lost key.
BOOST_FIXTURE_TEST_CASE(a_key_that_is_forgotten_can_be_replaced, Fixture) {
    db::require_secret_key(connection, cipher);
    add_webhook(of_target());
    connection.execute_text("DELETE FROM secret_key_check");
    BOOST_CHECK_NO_THROW(db::require_secret_key(connection, other));
    BOOST_CHECK_EXCEPTION(db::require_secret_key(connection, cipher), db::WrongSecretKey, names_the_key);
}

BOOST_FIXTURE_TEST_CASE(the_users_of_both_daemons_can_store_it_and_not_change_it, Fixture) {
    for (const char* program : {"api", "deliver"}) {
        BOOST_TEST_CONTEXT(program) {
            connection.execute_text("DELETE FROM secret_key_check");
            db::Connection daemon(schema.settings_of(program));
            BOOST_CHECK_NO_THROW(db::require_secret_key(daemon, cipher));
            BOOST_CHECK_THROW(db::require_secret_key(daemon, other), db::WrongSecretKey);
            BOOST_CHECK_THROW(daemon.execute_text("UPDATE secret_key_check SET value = REPEAT('x', 32)"),
                              db::Error);
            BOOST_CHECK_THROW(daemon.execute_text("DELETE FROM secret_key_check"), db::Error);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(concurrent_starts_agree_on_one_key, Fixture) {
    constexpr int kPrograms = 6;
    std::array<std::atomic<int>, 2> accepted{};
    {
        std::vector<std::jthread> programs;
        for (int i = 0; i < kPrograms; ++i) {
            programs.emplace_back([&, i] {
                db::Connection own(schema.settings());
                try {
                    db::require_secret_key(own, i % 2 == 0 ? cipher : other);
                    ++accepted.at(static_cast<std::size_t>(i % 2));
                } catch (const db::WrongSecretKey&) {
                    // The other key was stored first.
                }
            });
        }
    }
    BOOST_TEST(((accepted[0] == kPrograms / 2 && accepted[1] == 0) ||
                (accepted[0] == 0 && accepted[1] == kPrograms / 2)));
}
