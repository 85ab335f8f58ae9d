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

void store(Connection& connection, const security::SecretCipher& cipher) {
    SqlText statement("INSERT INTO secret_key_check (id, value, stored_at) VALUES (1, ");
    try {
        connection.execute_text(statement.bytes(cipher.key_check()).sql(", UTC_TIMESTAMP(6))").str());
    } catch (const Error& error) {
        if (!error.duplicate_key()) throw;
    }
}

}  // namespace

void require_secret_key(Connection& connection, const security::SecretCipher& cipher) {
    auto value = stored_value(connection);
    if (!value) {
        store(connection, cipher);
        value = stored_value(connection);
    }
    if (value == cipher.key_check()) return;
    throw WrongSecretKey(
        "secret_key is not the key that encrypts the secrets in this database: set secret_key, or the file"
        " that secret_key_file names, to that key; if it is lost, docs/operations.md"
        " (\"The key of the secrets\") explains how to start with a new one");
}

}  // namespace db
