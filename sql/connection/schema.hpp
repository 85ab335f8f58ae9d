// The numbered migrations, which are compiled in from migrations/NNNN_name.sql, and the check that a program
// and its database have the same version.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/connection/connection.hpp"

namespace db {

struct Migration {
    unsigned number;
    std::string_view name;  // "0001_initial"
    std::string_view sql;   // statements, each ended by ";" at the end of a line
};

[[nodiscard]] std::span<const Migration> migrations();

// Applies the missing migrations in order and returns their names. Only one host does so at a time; others
// wait for a named lock. The next run completes an interrupted one. Throws Error, and SchemaError if the
// database is newer than this program.
std::vector<std::string> migrate(Connection& connection, std::span<const Migration> known = migrations());

class SchemaError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws SchemaError, which says what is wrong, if the database's version is not this program's. Throws
// Error.
void require_current_schema(Connection& connection, std::span<const Migration> known = migrations());

// The statements of a migration, without their ";". Lines that start with "--" are comments.
[[nodiscard]] std::vector<std::string> split_statements(std::string_view sql);

// Explains why a program that knows these migrations can't use a database with the `applied` ones (both
// sorted by number). Returns nullopt if it can.
struct AppliedMigration {
    std::uint64_t number;
    std::string name;
};
[[nodiscard]] std::optional<std::string> schema_mismatch(std::span<const AppliedMigration> applied,
                                                         std::span<const Migration> known);

}  // namespace db
