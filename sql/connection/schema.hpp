// The numbered migrations, which are compiled in from migrations/NNNN_name.sql, and the check that a program
// and its database fit each other.
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

// Applies, in order, what is missing, and returns the names of what it applied. One host at a time: others
// wait for a named lock. An interrupted run is finished by the next one. Throws Error, and SchemaError if the
// database is newer than this program.
std::vector<std::string> migrate(Connection& connection, std::span<const Migration> known = migrations());

class SchemaError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws SchemaError, saying which version is there and which this program knows, unless they are the same.
void require_current_schema(Connection& connection, std::span<const Migration> known = migrations());

// The statements of a migration, without their ";". Lines that start with "--" are comments.
[[nodiscard]] std::vector<std::string> split_statements(std::string_view sql);

// What keeps a program that knows these migrations from using a database that has had the `applied` ones
// (both sorted by number), or nothing.
struct AppliedMigration {
    std::uint64_t number;
    std::string name;
};
[[nodiscard]] std::optional<std::string> schema_mismatch(std::span<const AppliedMigration> applied,
                                                         std::span<const Migration> known);

}  // namespace db
