#include "sql/operator/owners.hpp"

namespace db {

model::Owner owner_of_account(Connection& connection, model::Id account) {
    if (connection.query("SELECT id FROM accounts WHERE id = ?", {account}).empty()) {
        throw no_such("account", account);
    }
    return {account, std::nullopt};
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

}  // namespace db
