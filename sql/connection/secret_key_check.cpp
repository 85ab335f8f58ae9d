#include "sql/connection/secret_key_check.hpp"

#include <optional>

#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

std::optional<std::string> stored_value(Connection& connection) {
    const Rows rows = connection.query("SELECT value FROM secret_key_check WHERE id = 1");
    if (rows.empty()) return std::nullopt;
    return rows.text(0, 0);
}

void store(Connection& connection, const security::SecretBox& box) {
    SqlText statement("INSERT INTO secret_key_check (id, value, stored_at) VALUES (1, ");
    try {
        connection.execute_text(statement.bytes(box.key_check()).sql(", UTC_TIMESTAMP(6))").str());
    } catch (const Error& error) {
        if (!error.duplicate_key()) throw;
    }
}

bool opens(const security::SecretBox& box, model::Id webhook, const std::string& sealed) {
    try {
        (void)box.open(webhook, sealed);
        return true;
    } catch (const security::SealBroken&) {
        return false;
    }
}

// Of a database that has had secrets for longer than it has the check: the newest and the oldest are tried,
// of which a key that was in use for most of the time opens one.
bool opens_what_there_is(Connection& connection, const security::SecretBox& box) {
    const Rows rows = connection.query(
        "(SELECT id, secret FROM webhooks WHERE secret IS NOT NULL ORDER BY id DESC LIMIT 1) UNION ALL"
        " (SELECT id, secret FROM webhooks WHERE secret IS NOT NULL ORDER BY id LIMIT 1)");
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (opens(box, rows.number(row, 0), rows.text(row, 1))) return true;
    }
    return rows.empty();
}

}  // namespace

void require_secret_key(Connection& connection, const security::SecretBox& box) {
    auto value = stored_value(connection);
    if (!value && opens_what_there_is(connection, box)) {
        store(connection, box);
        value = stored_value(connection);
    }
    if (value == box.key_check()) return;
    throw WrongSecretKey(
        "secret_key is not the one that the secrets in this database are encrypted with: set secret_key, or "
        "the "
        "file that secret_key_file names, to that one; if it is lost, docs/operations.md (\"The key of the "
        "secrets\") says how to begin with a new one");
}

}  // namespace db
