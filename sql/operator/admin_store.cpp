#include "sql/operator/admin_store.hpp"

#include <utility>

#include "common/model/object_json.hpp"
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
    return "SELECT id, name, " + client_time("created_at") + ", " + client_time("deleted_at") +
           " FROM accounts " + std::string(rest);
}

Account account_of(const Rows& rows, std::size_t row) {
    enum Column : std::size_t { kId, kName, kCreatedAt, kDeletedAt };
    return {.id = rows.number(row, kId),
            .name = rows.text(row, kName),
            .created_at = rows.text(row, kCreatedAt),
            .deleted_at = rows.cell(row, kDeletedAt)};
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

User reread_user(Connection& connection, model::Id user) {
    return user_of(connection.query(select_users("WHERE id = ?"), {user}), 0);
}

// Locks the row until the transaction ends.
User lock_user(Connection& connection, model::Id user) {
    const Rows rows =
        connection.query(select_users("WHERE id = ? AND deleted_at IS NULL FOR UPDATE"), {user});
    if (rows.empty()) throw no_such("user", user);
    return user_of(rows, 0);
}

// By another user than this one.
void require_free_email(Connection& connection, model::Id account, const std::string& email, model::Id user) {
    constexpr std::string_view kSelect =
        "SELECT id FROM users WHERE account_id = ? AND email = ? AND id <> ?";
    if (!connection.query(kSelect, {account, email, user}).empty()) {
        throw Refused("the account has a user with this e-mail address already: " + email);
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
        return find_account(account);
    });
}

std::vector<Account> AdminStore::list_accounts() {
    return all_of(connection_.query(select_accounts("ORDER BY id")), account_of);
}

Account AdminStore::find_account(model::Id account) {
    const Rows rows = connection_.query(select_accounts("WHERE id = ?"), {account});
    if (rows.empty()) throw no_such("account", account);
    return account_of(rows, 0);
}

Account AdminStore::rename_account(model::Id account, const std::string& name) {
    return in_transaction(connection_, [&] {
        constexpr std::string_view kRename =
            "UPDATE accounts SET name = ? WHERE id = ? AND deleted_at IS NULL";
        if (connection_.execute(kRename, {name, account}) == 0) throw no_such("account", account);
        record("account rename", "account", account, account);
        return find_account(account);
    });
}

User AdminStore::create_user(model::Id account, const std::string& email, const std::string& name) {
    return in_transaction(connection_, [&] {
        hold_account(connection_, account);
        // User and event refer to each other by id, so the user's row gets the event's id afterwards.
        const model::Id user = insert_with_new_id(generate_, [&](model::Id id) {
            require_free_email(connection_, account, email, id);
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
        return reread_user(connection_, user);
    });
}

std::vector<User> AdminStore::list_users(model::Id account) {
    owner_of_account(connection_, account);
    return all_of(
        connection_.query(select_users("WHERE account_id = ? AND deleted_at IS NULL ORDER BY id"), {account}),
        user_of);
}

User AdminStore::rename_user(model::Id user, const std::optional<std::string>& name,
                             const std::optional<std::string>& email) {
    return in_transaction(connection_, [&] {
        const User found = lock_user(connection_, user);
        if (email) require_free_email(connection_, found.account_id, *email, user);
        connection_.execute_one("UPDATE users SET name = ?, email = ? WHERE id = ?",
                                {name.value_or(found.name), email.value_or(found.email), user});
        record("user rename", "user", user, found.account_id);
        return reread_user(connection_, user);
    });
}

User AdminStore::delete_user(model::Id user) {
    return in_transaction(connection_, [&] {
        User found = lock_user(connection_, user);
        const std::string email = model::to_base58(user) + std::string(kDeletedUserDomain);
        const std::string name(kDeletedUserName);
        constexpr std::string_view kDelete = R"(
            UPDATE users
            SET deleted_at = UTC_TIMESTAMP(6), email = ?, name = ?
            WHERE id = ?)";
        connection_.execute_one(kDelete, {email, name, user});
        // The user's event greets webhooks, whenever they are tested. Other events are history.
        constexpr std::string_view kChangeEvent = R"(
            UPDATE users u JOIN events e ON e.id = u.created_event_id
            SET e.content = ?
            WHERE u.id = ?)";
        connection_.execute(kChangeEvent, {model::user_json(user, email, name), user});
        constexpr std::string_view kRevoke =
            "UPDATE api_keys SET revoked_at = UTC_TIMESTAMP(6) WHERE user_id = ? AND revoked_at IS NULL";
        connection_.execute(kRevoke, {user});
        record("user delete", "user", user, found.account_id);
        record_event(connection_,
                     {.owner = {found.account_id, std::nullopt},
                      .event_type = "user_deleted",
                      .content = model::user_json(user, found.email, found.name)},
                     generate_);
        return found;
    });
}

Target AdminStore::create_target(model::Id account, const std::string& name, const std::string& url) {
    return in_transaction(connection_, [&] {
        hold_account(connection_, account);
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

Target AdminStore::rename_target(model::Id target, const std::string& name) {
    return in_transaction(connection_, [&] {
        const Target found = lock_target(connection_, target);
        connection_.execute_one("UPDATE targets SET name = ? WHERE id = ?", {name, target});
        record("target rename", "target", target, found.account_id);
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
