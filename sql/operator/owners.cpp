#include "sql/operator/owners.hpp"

namespace db {

model::Owner owner_of_account(Connection& connection, model::Id account) {
    constexpr std::string_view kSelect = "SELECT id FROM accounts WHERE id = ? AND deleted_at IS NULL";
    if (connection.query(kSelect, {account}).empty()) throw no_such("account", account);
    return {account, std::nullopt};
}

model::Id account_of_user(Connection& connection, model::Id user) {
    const Rows rows = connection.query("SELECT account_id FROM users WHERE id = ?", {user});
    if (rows.empty()) throw no_such("user", user);
    return rows.number(0, 0);
}

model::Owner owner_of_target(Connection& connection, model::Id target) {
    const Rows rows = connection.query("SELECT account_id FROM targets WHERE id = ?", {target});
    if (rows.empty()) throw no_such("target", target);
    return {rows.number(0, 0), target};
}

model::Owner owner_of_event(Connection& connection, model::Id event) {
    enum Column : std::size_t { kAccount, kTarget };
    const Rows rows = connection.query("SELECT account_id, target_id FROM events WHERE id = ?", {event});
    if (rows.empty()) throw no_such("event", event);
    return {rows.number(0, kAccount), rows.optional_number(0, kTarget)};
}

void require_webhook(Connection& connection, model::Id webhook) {
    if (connection.query("SELECT id FROM webhooks WHERE id = ?", {webhook}).empty()) {
        throw no_such("webhook", webhook);
    }
}

model::Owner hold_target(Connection& connection, model::Id target) {
    constexpr std::string_view kSelect = R"(
        SELECT account_id
        FROM targets
        WHERE id = ? AND deleted_at IS NULL
        LOCK IN SHARE MODE)";
    const Rows rows = connection.query(kSelect, {target});
    if (rows.empty()) throw no_such("target", target);
    return {rows.number(0, 0), target};
}

model::Owner hold_account(Connection& connection, model::Id account) {
    constexpr std::string_view kSelect =
        "SELECT id FROM accounts WHERE id = ? AND deleted_at IS NULL LOCK IN SHARE MODE";
    if (connection.query(kSelect, {account}).empty()) throw no_such("account", account);
    return {account, std::nullopt};
}

model::Id hold_user(Connection& connection, model::Id user) {
    constexpr std::string_view kSelect = R"(
        SELECT u.account_id
        FROM users u STRAIGHT_JOIN accounts a ON a.id = u.account_id AND a.deleted_at IS NULL
        WHERE u.id = ? AND u.deleted_at IS NULL
        LOCK IN SHARE MODE)";
    const Rows rows = connection.query(kSelect, {user});
    if (rows.empty()) throw no_such("user", user);
    return rows.number(0, 0);
}

}  // namespace db
