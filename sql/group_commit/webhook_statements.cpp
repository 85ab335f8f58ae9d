#include "sql/group_commit/webhook_statements.hpp"

#include "sql/connection/database_time.hpp"
#include "sql/webhooks/webhook_columns.hpp"

namespace db {

SqlText insert_webhooks(std::span<const WebhookRow> rows) {
    SqlText statement("INSERT INTO webhooks (id, account_id, target_id, ");
    statement.add(SqlText::composed(webhook_columns())).sql(", secret, created_at, created_by) VALUES ");
    statement.list(", ", rows, [&](const WebhookRow& row) {
        const model::Owner& owner = row.caller.owner;
        statement.sql("(").number(row.id).sql(", ").number(owner.account_id).sql(", ");
        if (owner.target_id) statement.number(*owner.target_id);
        statement.sql(owner.target_id.has_value(), ", ", "NULL, ");
        write_webhook_columns(statement, *row.webhook);
        statement.sql(", ").bytes(row.secret).sql(", ").text(row.now);
        statement.sql(", ").number(row.caller.user_id).sql(")");
    });
    return statement;
}

SqlText insert_greetings(std::span<const WebhookRow> rows) {
    SqlText statement(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try) VALUES ");
    statement.list(", ", rows, [&](const WebhookRow& row) {
        statement.sql("(").number(row.greeting_id).sql(", ").number(row.id).sql(", ");
        statement.number(row.caller.owner.account_id).sql(", ").text(to_database_time(row.greeted_at));
        statement.sql(", ").text(row.now).sql(")");
    });
    return statement;
}

SqlText select_stored_webhooks(std::span<const model::Id> ids) {
    SqlText statement("SELECT id, secret FROM webhooks WHERE id IN ");
    return statement.numbers(ids).sql(" LOCK IN SHARE MODE");
}

}  // namespace db
