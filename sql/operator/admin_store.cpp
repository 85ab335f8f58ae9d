#include "sql/operator/admin_store.hpp"

#include <utility>

#include "common/model/object_json.hpp"
#include "common/model/permissions.hpp"
#include "sql/connection/database_time.hpp"
#include "sql/connection/retry.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_store.hpp"
#include "sql/operator/owners.hpp"

namespace db {
namespace {

// Statements

// Each takes the text that follows the table's name. The function below it reads the rows.
std::string select_accounts(std::string_view rest) {
    return "SELECT id, name, " + client_time("created_at") + " FROM accounts " + std::string(rest);
}

Account account_of(const Rows& rows, std::size_t row) {
    enum Column : std::size_t { kId, kName, kCreatedAt };
    return {
        .id = rows.number(row, kId), .name = rows.text(row, kName), .created_at = rows.text(row, kCreatedAt)};
}

std::string select_users(std::string_view rest) {
    return "SELECT id, account_id, email, name, " + client_time("created_at") + " FROM users " +
           std::string(rest);
}

User user_of(const Rows& rows, std::size_t row) {
    enum Column : std::size_t { kId, kAccount, kEmail, kName, kCreatedAt };
    return {.id = rows.number(row, kId),
            .account_id = rows.number(row, kAccount),
            .email = rows.text(row, kEmail),
            .name = rows.text(row, kName),
            .created_at = rows.text(row, kCreatedAt)};
}

std::string select_keys(std::string_view rest) {
    return R"(
        SELECT id, account_id, user_id, name, rights, limited,
               CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                    WHEN expires_at <= UTC_TIMESTAMP(6) THEN 'expired'
                    ELSE 'active' END,
               )" +
           client_time("created_at") + ", " + client_time("expires_at") + ", " + client_time("revoked_at") +
           R"(
        FROM api_keys
        )" +
           std::string(rest);
}

struct KeyColumn {
    enum : std::size_t {
        kId,
        kAccount,
        kUser,
        kName,
        kRights,
        kLimited,
        kState,
        kCreatedAt,
        kExpiresAt,
        kRevokedAt
    };
};

// Leaves out the targets of the key's scope.
ApiKey key_of(const Rows& rows, std::size_t row) {
    return {.id = rows.number(row, KeyColumn::kId),
            .account_id = rows.number(row, KeyColumn::kAccount),
            .user_id = rows.number(row, KeyColumn::kUser),
            .name = rows.text(row, KeyColumn::kName),
            .scope = {.rights = model::parse_rights(rows.text(row, KeyColumn::kRights)), .targets = {}},
            .state = rows.text(row, KeyColumn::kState),
            .created_at = rows.text(row, KeyColumn::kCreatedAt),
            .expires_at = rows.cell(row, KeyColumn::kExpiresAt),
            .revoked_at = rows.cell(row, KeyColumn::kRevokedAt)};
}

std::string select_targets(std::string_view rest) {
    return "SELECT id, account_id, name, url, " + client_time("created_at") + ", " +
           client_time("verified_at") + " FROM targets " + std::string(rest);
}

Target target_of(const Rows& rows, std::size_t row) {
    enum Column : std::size_t { kId, kAccount, kName, kUrl, kCreatedAt, kVerifiedAt };
    return {.id = rows.number(row, kId),
            .account_id = rows.number(row, kAccount),
            .name = rows.text(row, kName),
            .url = rows.text(row, kUrl),
            .created_at = rows.text(row, kCreatedAt),
            .verified_at = rows.cell(row, kVerifiedAt)};
}

template <class Object>
std::vector<Object> all_of(const Rows& rows, Object (*object_of)(const Rows&, std::size_t)) {
    std::vector<Object> objects;
    objects.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) objects.push_back(object_of(rows, row));
    return objects;
}

// Helpers of several operations

User require_user(Connection& connection, model::Id user) {
    const Rows rows = connection.query(select_users("WHERE id = ?"), {user});
    if (rows.empty()) throw no_such("user", user);
    return user_of(rows, 0);
}

bool email_is_taken(Connection& connection, model::Id account, const std::string& email) {
    return !connection.query("SELECT id FROM users WHERE account_id = ? AND email = ?", {account, email})
                .empty();
}

// A parameter for a DATETIME column.
Parameter database_time(const std::optional<model::Time>& time) {
    if (!time) return nullptr;
    return to_database_time(*time);
}

std::vector<ApiKey> read_keys(Connection& connection, std::string_view rest, model::Id id) {
    const Rows rows = connection.query(select_keys(rest), {id});
    std::vector<ApiKey> keys = all_of(rows, key_of);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!rows.flag(row, KeyColumn::kLimited)) continue;
        const Rows targets = connection.query(
            "SELECT target_id FROM api_key_targets WHERE key_id = ? ORDER BY target_id", {keys[row].id});
        for (std::size_t n = 0; n < targets.size(); ++n) {
            keys[row].scope.targets.push_back(targets.number(n, 0));
        }
    }
    return keys;
}

void limit_key(Connection& connection, model::Id key, model::Id account,
               const std::vector<model::Id>& targets) {
    constexpr std::string_view kInsert = R"(
        INSERT INTO api_key_targets (key_id, target_id)
        SELECT ?, id FROM targets
        WHERE id = ? AND account_id = ? AND deleted_at IS NULL)";
    for (const model::Id target : targets) {
        const auto inserted = connection.execute(kInsert, {key, target, account});
        if (inserted == 0)
            throw Refused("the user's account has no such target: " + model::to_base58(target));
    }
}

// Locks the row until the transaction ends, so that operations on a target happen one after another.
Target lock_target(Connection& connection, model::Id target) {
    const Rows rows =
        connection.query(select_targets("WHERE id = ? AND deleted_at IS NULL FOR UPDATE"), {target});
    if (rows.empty()) throw no_such("target", target);
    return target_of(rows, 0);
}

Target reread_target(Connection& connection, model::Id target) {
    return target_of(connection.query(select_targets("WHERE id = ?"), {target}), 0);
}

model::Id record_target_event(Connection& connection, const Target& target, std::string_view event_type,
                              const IdSource& generate) {
    return record_event(connection,
                        {.owner = {target.account_id, target.id},
                         .event_type = std::string(event_type),
                         .content = model::target_json(target.id, target.name, target.url)},
                        generate);
}

}  // namespace

AdminStore::AdminStore(Connection& connection, IdSource generate, Actor by)
    : connection_(connection), generate_(std::move(generate)), by_(std::move(by)) {}

void AdminStore::record(std::string_view action, std::string_view kind, model::Id object, model::Id account) {
    record_deed(connection_, by_,
                {.action = action,
                 .object = std::string(kind) + " " + model::to_base58(object),
                 .account_id = account});
}

Account AdminStore::create_account(const std::string& name) {
    return in_transaction(connection_, [&] {
        const model::Id account = insert_with_new_id(generate_, [&](model::Id id) {
            connection_.execute("INSERT INTO accounts (id, name, created_at) VALUES (?, ?, UTC_TIMESTAMP(6))",
                                {id, name});
        });
        record("account create", "account", account, account);
        return account_of(connection_.query(select_accounts("WHERE id = ?"), {account}), 0);
    });
}

std::vector<Account> AdminStore::list_accounts() {
    return all_of(connection_.query(select_accounts("ORDER BY id")), account_of);
}

User AdminStore::create_user(model::Id account, const std::string& email, const std::string& name) {
    return in_transaction(connection_, [&] {
        owner_of_account(connection_, account);
        // User and event refer to each other by id, so the user's row gets the event's id afterwards.
        const model::Id user = insert_with_new_id(generate_, [&](model::Id id) {
            if (email_is_taken(connection_, account, email)) {
                throw Refused("the account has a user with this e-mail address already: " + email);
            }
            constexpr std::string_view kInsert = R"(
                INSERT INTO users (id, account_id, email, name, created_event_id, created_at)
                VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(6)))";
            connection_.execute(kInsert, {id, account, email, name});
        });
        const model::Id event = record_event(connection_,
                                             {.owner = {account, std::nullopt},
                                              .event_type = "user_created",
                                              .content = model::user_json(user, email, name)},
                                             generate_);
        connection_.execute_one("UPDATE users SET created_event_id = ? WHERE id = ?", {event, user});
        record("user create", "user", user, account);
        return require_user(connection_, user);
    });
}

std::vector<User> AdminStore::list_users(model::Id account) {
    owner_of_account(connection_, account);
    return all_of(connection_.query(select_users("WHERE account_id = ? ORDER BY id"), {account}), user_of);
}

ApiKey AdminStore::create_key(model::Id user, const std::string& name, const model::KeyDigest& digest,
                              const std::optional<model::Time>& expires_at, const KeyScope& scope) {
    const Parameter expiry = database_time(expires_at);
    return in_transaction(connection_, [&] {
        const User owner = require_user(connection_, user);
        if (expires_at &&
            connection_.query("SELECT CAST(? AS DATETIME(6)) > UTC_TIMESTAMP(6)", {expiry}).number(0, 0) ==
                0) {
            throw Refused("the key would have expired already, at " + *expires_at);
        }
        const model::Id key = insert_with_new_id(generate_, [&](model::Id id) {
            constexpr std::string_view kInsert = R"(
                INSERT INTO api_keys (id, account_id, user_id, name, digest, created_at, expires_at, rights, limited)
                VALUES (?, ?, ?, ?, UNHEX(?), UTC_TIMESTAMP(6), ?, ?, ?))";
            connection_.execute(
                kInsert, {id, owner.account_id, user, name, Bytes{std::string(digest.begin(), digest.end())},
                          expiry, model::format_rights(scope.rights), !scope.targets.empty()});
        });
        limit_key(connection_, key, owner.account_id, scope.targets);
        record("key create", "key", key, owner.account_id);
        return read_keys(connection_, "WHERE id = ?", key).at(0);
    });
}

std::vector<ApiKey> AdminStore::list_keys_of_account(model::Id account) {
    owner_of_account(connection_, account);
    return read_keys(connection_, "WHERE account_id = ? ORDER BY id", account);
}

std::vector<ApiKey> AdminStore::list_keys_of_user(model::Id user) {
    require_user(connection_, user);
    return read_keys(connection_, "WHERE user_id = ? ORDER BY id", user);
}

ApiKey AdminStore::revoke_key(model::Id key) {
    return in_transaction(connection_, [&] {
        const Rows rows = connection_.query(select_keys("WHERE id = ? FOR UPDATE"), {key});
        if (rows.empty()) throw no_such("key", key);
        const ApiKey found = key_of(rows, 0);
        if (found.revoked_at) throw Refused("the key was revoked already, at " + *found.revoked_at);
        connection_.execute_one("UPDATE api_keys SET revoked_at = UTC_TIMESTAMP(6) WHERE id = ?", {key});
        record("key revoke", "key", key, found.account_id);
        return read_keys(connection_, "WHERE id = ?", key).at(0);
    });
}

Target AdminStore::create_target(model::Id account, const std::string& name, const std::string& url) {
    return in_transaction(connection_, [&] {
        owner_of_account(connection_, account);
        // As for users: insert the row, then its event, then set the event's id in the row.
        Target target;
        target.account_id = account;
        target.name = name;
        target.url = url;
        target.id = insert_with_new_id(generate_, [&](model::Id id) {
            constexpr std::string_view kInsert = R"(
                INSERT INTO targets (id, account_id, name, url, created_event_id, created_at)
                VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(6)))";
            connection_.execute(kInsert, {id, account, name, url});
        });
        const model::Id event = record_target_event(connection_, target, "target_created", generate_);
        connection_.execute_one("UPDATE targets SET created_event_id = ? WHERE id = ?", {event, target.id});
        record("target create", "target", target.id, account);
        return reread_target(connection_, target.id);
    });
}

std::vector<Target> AdminStore::list_targets(model::Id account) {
    owner_of_account(connection_, account);
    const auto statement = select_targets("WHERE account_id = ? AND deleted_at IS NULL ORDER BY id");
    return all_of(connection_.query(statement, {account}), target_of);
}

Target AdminStore::verify_target(model::Id target) {
    return in_transaction(connection_, [&] {
        const Target found = lock_target(connection_, target);
        if (found.verified_at) throw Refused("the target was verified already, at " + *found.verified_at);
        connection_.execute_one("UPDATE targets SET verified_at = UTC_TIMESTAMP(6) WHERE id = ?", {target});
        record_target_event(connection_, found, "target_verified", generate_);
        record("target verify", "target", target, found.account_id);
        return reread_target(connection_, target);
    });
}

Target AdminStore::delete_target(model::Id target) {
    return in_transaction(connection_, [&] {
        Target found = lock_target(connection_, target);
        connection_.execute_one("UPDATE targets SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {target});
        record_target_event(connection_, found, "target_deleted", generate_);
        record("target delete", "target", target, found.account_id);
        // The target's webhooks no longer count for the account.
        const auto webhooks = count_webhooks(connection_, {found.account_id, target});
        change_counters(connection_, {{.owner = {found.account_id, std::nullopt},
                                       .what = kAllWebhooksCounter,
                                       .change = -static_cast<std::int64_t>(webhooks)}});
        return found;
    });
}

}  // namespace db
