// The part of AdminStore that is about API keys.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/model/permissions.hpp"
#include "sql/connection/database_time.hpp"
#include "sql/connection/retry.hpp"
#include "sql/operator/admin_store.hpp"
#include "sql/operator/owners.hpp"

namespace db {
namespace {

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

// A parameter for a DATETIME column.
Parameter database_time(const std::optional<model::Time>& time) {
    if (!time) return nullptr;
    return to_database_time(*time);
}

std::vector<ApiKey> read_keys(Connection& connection, std::string_view rest, model::Id id) {
    const Rows rows = connection.query(select_keys(rest), {id});
    std::vector<ApiKey> keys;
    keys.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        keys.push_back(key_of(rows, row));
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

}  // namespace

ApiKey AdminStore::create_key(model::Id user, const std::string& name, const model::KeyDigest& digest,
                              const std::optional<model::Time>& expires_at, const KeyScope& scope) {
    const Parameter expiry = database_time(expires_at);
    return in_transaction(connection_, [&] {
        const model::Id account = hold_user(connection_, user);
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
                kInsert, {id, account, user, name, Bytes{std::string(digest.begin(), digest.end())}, expiry,
                          model::format_rights(scope.rights), !scope.targets.empty()});
        });
        limit_key(connection_, key, account, scope.targets);
        record("key create", "key", key, account);
        return read_keys(connection_, "WHERE id = ?", key).at(0);
    });
}

std::vector<ApiKey> AdminStore::list_keys_of_account(model::Id account) {
    owner_of_account(connection_, account);
    return read_keys(connection_, "WHERE account_id = ? ORDER BY id", account);
}

std::vector<ApiKey> AdminStore::list_keys_of_user(model::Id user) {
    account_of_user(connection_, user);
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

}  // namespace db
