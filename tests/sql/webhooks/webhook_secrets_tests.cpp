#define BOOST_TEST_MODULE webhook_secrets
#include "sql/webhooks/webhook_secrets.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/webhook_database.hpp"

namespace {

using testing::number;
using Fixture = testing::WebhookDatabase;

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_secret_stays_until_it_is_rotated, Fixture) {
    const model::Id id = add_webhook(of_target());
    const std::string first = db::webhook_secret(connection, cipher, of_target(), id, {}).value();
    BOOST_TEST(first.size() == security::kSecretBytes);
    BOOST_TEST(db::webhook_secret(connection, cipher, of_target(), id, {}).value() == first);
    const std::string second = db::rotate_webhook_secret(connection, cipher, of_target(), id, {}).value();
    BOOST_TEST(second != first);
    BOOST_TEST(db::webhook_secret(connection, cipher, of_target(), id, {}).value() == second);
    const auto retired = retired_secrets(id);
    BOOST_REQUIRE(retired.size() == 1U);
    BOOST_TEST(retired[0] == first);
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM retired_secrets WHERE webhook_id = ? AND expires_at BETWEEN"
                      " UTC_TIMESTAMP(6) + INTERVAL 1435 MINUTE AND UTC_TIMESTAMP(6) + INTERVAL 24 HOUR",
                      {id}) == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_latest_retired_secrets_are_kept, Fixture) {
    const model::Id id = add_webhook(of_target());
    const model::Id other = add_webhook(of_target());
    BOOST_TEST(db::rotate_webhook_secret(connection, cipher, of_target(), other, {}).has_value());
    std::vector<std::string> secrets{db::webhook_secret(connection, cipher, of_target(), id, {}).value()};
    for (int i = 0; i < 13; ++i) {
        secrets.push_back(db::rotate_webhook_secret(connection, cipher, of_target(), id, {}).value());
    }
    const std::vector<std::string> expected(secrets.end() - 11, secrets.end() - 1);
    BOOST_TEST(retired_secrets(id) == expected, boost::test_tools::per_element());
    BOOST_TEST(retired_secrets(other).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_secret_sealed_with_another_key_is_an_error, Fixture) {
    const model::Id id = add_webhook(of_target());
    const security::SecretCipher other(security::SecretCipher::Key{9, 9, 9});
    BOOST_CHECK_THROW((void)db::webhook_secret(connection, other, of_target(), id, {}), security::SealBroken);
}

BOOST_FIXTURE_TEST_CASE(a_rotation_replaces_a_secret_whose_key_is_lost, Fixture) {
    const model::Id id = add_webhook(of_target());
    const security::SecretCipher other(security::SecretCipher::Key{9, 9, 9});
    const std::string rotated = db::rotate_webhook_secret(connection, other, of_target(), id, {}).value();
    BOOST_TEST(db::webhook_secret(connection, other, of_target(), id, {}).value() == rotated);
    BOOST_TEST(retired_secrets(id).empty());
}
