// Creates, lists, changes and deletes accounts, users, API keys and targets for the operator's command line.
// Each change is one transaction, which includes its event and its row of the audit. A deadlock is retried.
// account_deletion.hpp deletes accounts.
//
// The caller must have validated all texts. An AdminStore must not be used by two threads at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/permissions.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/new_id.hpp"
#include "sql/operator/audit.hpp"
#include "sql/operator/refused.hpp"

namespace db {

struct Account {
    model::Id id = 0;
    std::string name;
    model::Time created_at;
    std::optional<model::Time> deleted_at{};  // when its deletion began, which has not ended
};

// What is shown in place of the name and the address of a user who was deleted: the address is the user's id at
// a domain that never exists (RFC 2606).
inline constexpr std::string_view kDeletedUserName = "Deleted user";
inline constexpr std::string_view kDeletedUserDomain = "@deleted.invalid";

struct User {
    model::Id id = 0;
    model::Id account_id = 0;
    std::string email;
    std::string name;
    model::Time created_at;
};

// The rights of a key, and the targets that they are limited to.
struct KeyScope {
    std::vector<model::Right> rights{model::Right::kRead, model::Right::kManage};
    std::vector<model::Id> targets{};  // if empty, the whole account
};

struct ApiKey {
    model::Id id = 0;
    model::Id account_id = 0;
    model::Id user_id = 0;
    std::string name;
    KeyScope scope;
    std::string state;  // "active", "expired", "revoked"
    model::Time created_at;
    std::optional<model::Time> expires_at;
    std::optional<model::Time> revoked_at;
};

struct Target {
    model::Id id = 0;
    model::Id account_id = 0;
    std::string name;
    std::string url;
    model::Time created_at;
    std::optional<model::Time> verified_at;
};

class AdminStore {
  public:
    // by: the operator whom the audit names.
    explicit AdminStore(Connection& connection, IdSource generate = model::generate_id, Actor by = {});

    // All throw Error; those that take an id throw Refused as well.
    Account create_account(const std::string& name);
    std::vector<Account> list_accounts();  // with those whose deletion has begun
    Account find_account(model::Id account);
    Account rename_account(model::Id account, const std::string& name);

    User create_user(model::Id account, const std::string& email, const std::string& name);  // user_created
    std::vector<User> list_users(model::Id account);  // without deleted ones
    // An absent value stays.
    User rename_user(model::Id user, const std::optional<std::string>& name,
                     const std::optional<std::string>& email);
    // Revokes the user's keys and sends user_deleted. The row stays for the webhooks that name the user, but
    // name and address are removed, from the event that greets these webhooks as well.
    User delete_user(model::Id user);

    // REQUIRES: the scope's targets belong to the user's account; otherwise throws Refused.
    ApiKey create_key(model::Id user, const std::string& name, const model::KeyDigest& digest,
                      const std::optional<model::Time>& expires_at, const KeyScope& scope = {});
    std::vector<ApiKey> list_keys_of_account(model::Id account);
    std::vector<ApiKey> list_keys_of_user(model::Id user);
    ApiKey revoke_key(model::Id key);

    Target create_target(model::Id account, const std::string& name,
                         const std::string& url);         // target_created
    std::vector<Target> list_targets(model::Id account);  // without deleted ones
    Target verify_target(model::Id target);               // target_verified
    Target rename_target(model::Id target, const std::string& name);
    // Sends target_deleted to the target's webhooks as their last event. The row stays and is marked as
    // deleted.
    Target delete_target(model::Id target);

  private:
    void record(std::string_view action, std::string_view kind, model::Id object, model::Id account);

    Connection& connection_;
    IdSource generate_;
    Actor by_;
};

}  // namespace db
