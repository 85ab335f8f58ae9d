// What the operator's command line does to accounts, users, API keys and targets. Each operation is one
// transaction, with the event it makes and a row of the audit; a deadlock is tried again.
//
// Texts are stored as they are given: the caller has checked them. Not for two threads at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/access.hpp"
#include "sql/audit.hpp"
#include "sql/connection.hpp"
#include "sql/new_id.hpp"
#include "sql/records.hpp"
#include "sql/refused.hpp"

namespace db {

struct Account {
    Id id = 0;
    std::string name;
    Time created_at;
};

struct User {
    Id id = 0;
    Id account_id = 0;
    std::string email;
    std::string name;
    Time created_at;
};

// What a key may do, and with what.
struct KeyScope {
    std::vector<Right> rights{Right::kRead, Right::kManage};
    std::vector<Id> targets{};  // only with these; with everything of its account if there are none
};

struct ApiKey {
    Id id = 0;
    Id account_id = 0;
    Id user_id = 0;
    std::string name;
    KeyScope scope;
    std::string state;  // "active", "expired", "revoked"
    Time created_at;
    std::optional<Time> expires_at;
    std::optional<Time> revoked_at;
};

struct Target {
    Id id = 0;
    Id account_id = 0;
    std::string name;
    std::string url;
    Time created_at;
    std::optional<Time> verified_at;
};

class AdminStore {
  public:
    // by: whom the audit names.
    explicit AdminStore(Connection& connection, IdSource draw = draw_id, Actor by = {});

    // All throw Error; those that take an id throw Refused as well.
    Account create_account(const std::string& name);
    std::vector<Account> list_accounts();

    User create_user(Id account, const std::string& email, const std::string& name);  // user_created
    std::vector<User> list_users(Id account);

    // The scope's targets must be of the user's account.
    ApiKey create_key(Id user, const std::string& name, const KeyDigest& digest,
                      const std::optional<Time>& expires_at, const KeyScope& scope = {});
    std::vector<ApiKey> list_keys_of_account(Id account);
    std::vector<ApiKey> list_keys_of_user(Id user);
    ApiKey revoke_key(Id key);

    Target create_target(Id account, const std::string& name, const std::string& url);  // target_created
    std::vector<Target> list_targets(Id account);                                       // but deleted ones
    Target verify_target(Id target);                                                    // target_verified
    // Its webhooks get this as their last event, target_deleted; the rows stay, marked.
    Target delete_target(Id target);

  private:
    void record(std::string_view action, std::string_view kind, Id object, Id account);

    Connection& connection_;
    IdSource draw_;
    Actor by_;
};

}  // namespace db
