// A migrated schema with two accounts, users and targets, and with webhooks as registrations store them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/admin_store.hpp"
#include "tests/support/test_database.hpp"

namespace testing {

struct WebhookDatabase {
    TestSchema schema;
    db::Connection connection{schema.settings()};
    security::SecretCipher cipher{security::SecretCipher::Key{1, 2, 3}};
    db::User user;        // Ana
    db::User other_user;  // Bob, of the same account
    db::Target target;
    db::Target other_target;  // of the same account
    db::Target others_target;

    WebhookDatabase();

    [[nodiscard]] model::Owner of_target() const { return {target.account_id, target.id}; }
    [[nodiscard]] model::Owner of_other_target() const { return {target.account_id, other_target.id}; }
    [[nodiscard]] model::Owner of_account() const { return {target.account_id, std::nullopt}; }
    [[nodiscard]] model::Owner of_other_account() const { return {others_target.account_id, std::nullopt}; }
    [[nodiscard]] model::Caller caller() const { return {user.id, of_target()}; }

    // Adds a webhook with its greeting by the statements of a registration. Ids grow from call to call.
    model::Id add_webhook(const model::Owner& owner,
                          const model::WebhookFields& webhook = {.url = "https://example.com"});

    // Records an event of the target, which occurs now, with its deliveries.
    model::Id record(const std::string& event_type);

    [[nodiscard]] model::Id target_greeting();
    [[nodiscard]] model::Id user_greeting();

    // The decrypted secrets, oldest first.
    [[nodiscard]] std::vector<std::string> retired_secrets(model::Id webhook);

  private:
    model::Id last_id_ = 0;
};

// Returns the one number that the statement selects.
std::uint64_t number(db::Connection& connection, std::string_view statement,
                     std::initializer_list<db::Parameter> parameters = {});

}  // namespace testing
