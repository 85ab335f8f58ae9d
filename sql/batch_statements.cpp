#include "sql/batch_statements.hpp"

#include "sql/sql_text.hpp"

namespace db {
namespace {

// "first", then ", " before every further row.
template <class Rows, class Write>
void write_list(SqlText& statement, const Rows& rows, Write write) {
    bool first = true;
    for (const auto& row : rows) {
        if (!first) statement.sql(", ");
        first = false;
        write(row);
    }
}

}  // namespace

std::string select_access(std::span<const AccessQuestion> questions) {
    SqlText statement(
        "SELECT q.n, k.account_id, k.user_id, t.id, e.id, e.event_type,"
        " DATE_FORMAT(e.occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ'), e.content,"
        " DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f') FROM (");
    for (std::size_t n = 0; n < questions.size(); ++n) {
        statement.sql(n == 0 ? "SELECT " : " UNION ALL SELECT ").number(n).sql(" AS n, ");
        statement.bytes(questions[n].key)
            .sql(" AS digest, ")
            .number(questions[n].target_id)
            .sql(" AS target_id");
    }
    statement.sql(
        ") q JOIN api_keys k ON k.digest = q.digest AND k.revoked_at IS NULL"
        " AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(6))"
        " LEFT JOIN targets t ON t.id = q.target_id AND t.account_id = k.account_id AND t.deleted_at IS NULL"
        " LEFT JOIN events e ON e.id = t.created_event_id");
    return statement.str();
}

std::string insert_webhooks(std::span<const WebhookRow> rows, const std::string& now) {
    SqlText statement(
        "INSERT INTO webhooks"
        " (id, account_id, target_id, url, name, check_cert, api_version, created_at, created_by) VALUES ");
    write_list(statement, rows, [&](const WebhookRow& row) {
        statement.sql("(").number(row.id).sql(", ").number(row.account_id).sql(", ").number(row.target_id);
        statement.sql(", ").text(row.webhook->url).sql(", ").text(row.webhook->name);
        statement.sql(", ").boolean(row.webhook->check_cert).sql(", ").text(row.webhook->api_version);
        statement.sql(", ").text(now).sql(", ").number(row.user_id).sql(")");
    });
    return statement.str();
}

std::string insert_greetings(std::span<const WebhookRow> rows, const std::string& now) {
    SqlText statement("INSERT INTO deliveries (event_id, webhook_id, next_try) VALUES ");
    write_list(statement, rows, [&](const WebhookRow& row) {
        statement.sql("(").number(row.greeting_id).sql(", ").number(row.id).sql(", ").text(now).sql(")");
    });
    return statement.str();
}

std::string count_webhooks(std::span<const Id> ids) {
    SqlText statement("SELECT COUNT(id) FROM webhooks WHERE id IN (");
    write_list(statement, ids, [&](Id id) { statement.number(id); });
    return statement.sql(") LOCK IN SHARE MODE").str();
}

}  // namespace db
