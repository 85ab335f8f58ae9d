// A migrated schema with two accounts, users and targets, and webhooks as registrations leave them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sql/admin_store.hpp"
#include "sql/connection.hpp"
#include "sql/records.hpp"
#include "sql/secret_box.hpp"
#include "tests/support/test_database.hpp"

namespace testing {

struct WebhookDatabase {
    TestSchema schema;
    db::Connection connection{schema.settings()};
    db::SecretBox box{db::SecretBox::Key{1, 2, 3}};
    db::User user;        // Ana
    db::User other_user;  // Bob, of the same account
    db::Target target;
    db::Target other_target;  // of the same account
    db::Target others_target;

    WebhookDatabase();

    [[nodiscard]] db::Owner of_target() const { return {target.account_id, target.id}; }
    [[nodiscard]] db::Owner of_other_target() const { return {target.account_id, other_target.id}; }
    [[nodiscard]] db::Owner of_account() const { return {target.account_id, std::nullopt}; }
    [[nodiscard]] db::Owner of_other_account() const { return {others_target.account_id, std::nullopt}; }
    [[nodiscard]] db::Caller caller() const { return {user.id, of_target()}; }

    // By the statements of a registration, with its greeting. Ids grow from call to call.
    db::Id add_webhook(const db::Owner& owner,
                       const db::NewWebhook& webhook = {.url = "https://example.com"});

    // An event of the target, now, with its deliveries.
    db::Id record(const std::string& event_type);

    [[nodiscard]] db::Id target_greeting();
    [[nodiscard]] db::Id user_greeting();

    // The oldest first, opened.
    [[nodiscard]] std::vector<std::string> retired_secrets(db::Id webhook);

  private:
    db::Id last_id_ = 0;
};

// The one number that the statement selects.
std::uint64_t number(db::Connection& connection, std::string_view statement,
                     std::initializer_list<db::Parameter> parameters = {});

}  // namespace testing
