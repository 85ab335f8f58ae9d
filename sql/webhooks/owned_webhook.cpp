#include "sql/webhooks/owned_webhook.hpp"

namespace db {

Statement owned_by(const model::Owner& owner) {
    if (!owner.target_id) {
        return {" WHERE w.account_id = ? AND w.target_id IS NULL AND w.deleted_at IS NULL",
                {owner.account_id}};
    }
    return {" WHERE w.account_id = ? AND w.target_id = ? AND w.deleted_at IS NULL",
            {owner.account_id, *owner.target_id}};
}

// The index is named because the optimiser would use the primary key. Fan-outs lock the entry in the index, so changes
// must lock it as well, and before the row.
bool lock_webhook(Connection& connection, const model::Owner& owner, model::Id webhook) {
    const Statement condition = owned_by(owner).add(" AND w.id = ? FOR UPDATE", {webhook});
    const Rows rows = connection.query(
        "SELECT w.id FROM webhooks w FORCE INDEX (webhooks_owner)" + condition.text, condition.parameters);
    return !rows.empty();
}

Deed deed_about_webhook(std::string_view action, const model::Owner& owner, model::Id webhook) {
    return {
        .action = action, .object = "webhook " + model::to_base58(webhook), .account_id = owner.account_id};
}

}  // namespace db
