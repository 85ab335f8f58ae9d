#define BOOST_TEST_MODULE webhook_headers
#include "sql/webhooks/webhook_headers.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using model::WebhookHeaders;
using testing::number;

const WebhookHeaders kKey{{"X-Api-Key", "a secret"}, {"X-Empty", ""}};

struct Fixture : testing::WebhookDatabase {
    model::Id webhook = add_webhook(of_target());

    [[nodiscard]] std::optional<WebhookHeaders> read() {
        return db::webhook_headers(connection, cipher, of_target(), webhook, {});
    }
    [[nodiscard]] std::optional<WebhookHeaders> replace(const WebhookHeaders& headers) {
        return db::replace_webhook_headers(connection, cipher, of_target(), webhook, {}, headers);
    }
    [[nodiscard]] std::uint64_t deeds(const std::string& action) {
        return number(connection,
                      "SELECT COUNT(*) FROM audit WHERE action = ? AND account_id = ? AND object = ?",
                      {action, target.account_id, "webhook " + model::to_base58(webhook)});
    }
    [[nodiscard]] std::uint64_t generation() {
        return number(connection, "SELECT generation FROM webhooks WHERE id = ?", {webhook});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_new_webhook_has_no_headers, Fixture) {
    BOOST_TEST(read().value().empty());
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks WHERE headers IS NULL") == 1U);
}

BOOST_FIXTURE_TEST_CASE(headers_are_replaced_as_a_whole, Fixture) {
    BOOST_TEST((replace(kKey).value() == kKey));
    BOOST_TEST((read().value() == kKey));
    const WebhookHeaders other{{"Authorization", "Bearer x"}};
    BOOST_TEST((replace(other).value() == other));
    BOOST_TEST((read().value() == other));
    BOOST_TEST(replace({}).value().empty());
    BOOST_TEST(read().value().empty());
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks WHERE headers IS NULL") == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_largest_headers_are_stored, Fixture) {
    WebhookHeaders largest;
    for (std::size_t i = 0; i < model::kMostWebhookHeaders; ++i) {
        const char letter = static_cast<char>('a' + i);
        largest.push_back(
            {std::string(model::kMaxHeaderNameBytes, letter), std::string(model::kMaxHeaderTextBytes, '"')});
    }
    BOOST_TEST(model::errors_of(largest).empty());
    BOOST_TEST((replace(largest).value() == largest));
    BOOST_TEST((read().value() == largest));
}

BOOST_FIXTURE_TEST_CASE(they_are_sealed_for_this_webhook_and_this_purpose, Fixture) {
    BOOST_REQUIRE(replace(kKey).has_value());
    const std::string sealed =
        connection.query("SELECT headers FROM webhooks WHERE id = ?", {webhook}).text(0, 0);
    BOOST_TEST(sealed.find("a secret") == std::string::npos);
    BOOST_TEST(sealed.find("Api") == std::string::npos);
    BOOST_TEST(cipher.open(webhook, sealed, security::Purpose::kHeaders) ==
               model::webhook_headers_json(kKey));
    connection.execute("UPDATE webhooks SET headers = secret WHERE id = ?", {webhook});
    BOOST_CHECK_THROW((void)read(), security::SealBroken);
    BOOST_TEST((replace(kKey).value() == kKey));
    BOOST_TEST((read().value() == kKey));
}

BOOST_FIXTURE_TEST_CASE(who_reads_or_changes_them_is_recorded, Fixture) {
    (void)read();
    BOOST_TEST(deeds("headers read") == 1U);
    (void)replace(kKey);
    BOOST_TEST(deeds("headers change") == 1U);
    (void)replace(kKey);  // changes nothing
    BOOST_TEST(deeds("headers change") == 1U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM audit WHERE action LIKE 'headers %'") == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_starts_afresh_with_other_headers, Fixture) {
    BOOST_REQUIRE(replace(kKey).has_value());
    const std::uint64_t before = generation();
    BOOST_TEST(before > 0U);
    BOOST_REQUIRE(replace(kKey).has_value());
    BOOST_TEST(generation() == before);
    BOOST_REQUIRE(replace({}).has_value());
    BOOST_TEST(generation() > before);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_replaced_unless_the_condition_holds, Fixture) {
    BOOST_REQUIRE(replace(kKey).has_value());
    const auto replace_if = [&](const WebhookHeaders& expected) {
        return db::replace_webhook_headers(connection, cipher, of_target(), webhook, {}, {},
                                           [&](const WebhookHeaders& found) { return found == expected; });
    };
    BOOST_TEST(!replace_if({}).has_value());
    BOOST_TEST((read().value() == kKey));
    BOOST_TEST(replace_if(kKey).has_value());
    BOOST_TEST(read().value().empty());
}

BOOST_FIXTURE_TEST_CASE(each_owner_has_its_own, Fixture) {
    for (const model::Owner& neighbour : {of_account(), of_other_target(), of_other_account()}) {
        BOOST_TEST(!db::webhook_headers(connection, cipher, neighbour, webhook, {}).has_value());
        BOOST_TEST(
            !db::replace_webhook_headers(connection, cipher, neighbour, webhook, {}, kKey).has_value());
    }
    const model::Id of_the_account = add_webhook(of_account());
    BOOST_TEST(
        db::replace_webhook_headers(connection, cipher, of_account(), of_the_account, {}, kKey).has_value());
    BOOST_TEST(read().value().empty());
}

BOOST_FIXTURE_TEST_CASE(a_removed_webhook_keeps_none, Fixture) {
    BOOST_REQUIRE(replace(kKey).has_value());
    BOOST_TEST(db::remove_webhook(connection, of_target(), webhook));
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks WHERE headers IS NULL") == 1U);
    BOOST_TEST(!read().has_value());
    BOOST_TEST(!replace(kKey).has_value());
}

BOOST_FIXTURE_TEST_CASE(the_rights_of_the_api_are_enough, Fixture) {
    db::Connection api(schema.settings_of("api"));
    BOOST_TEST(db::replace_webhook_headers(api, cipher, of_target(), webhook, {}, kKey).has_value());
    BOOST_TEST((db::webhook_headers(api, cipher, of_target(), webhook, {}).value() == kKey));
}
