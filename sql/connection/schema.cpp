#include "sql/connection/schema.hpp"

#include <algorithm>
#include <utility>

#include "sql/connection/retry.hpp"

namespace db {
namespace {

constexpr int kNoSuchTable = 1146;
constexpr int kTableAccessDenied = 1142;
constexpr int kDuplicateColumn = 1060;
constexpr int kDuplicateKeyName = 1061;

constexpr std::string_view kCreateTable = R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number     INT UNSIGNED NOT NULL PRIMARY KEY,
        name       VARCHAR(255) NOT NULL,
        applied_at DATETIME(6)  NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// Named locks belong to the whole server and have names of at most 64 characters, so the name has a digest of
// the database's: SHA-2, because MySQL 9.6 has no MD5 any more.
constexpr std::string_view kTakeLock =
    "SELECT GET_LOCK(CONCAT('targethooks_migrate_', LEFT(SHA2(DATABASE(), 256), 32)), 1)";
constexpr std::string_view kReleaseLock =
    "SELECT RELEASE_LOCK(CONCAT('targethooks_migrate_', LEFT(SHA2(DATABASE(), 256), 32)))";
constexpr int kLockPatience = 1800;  // tries of a second each, because a round trip has a time limit

class MigrationLock {
  public:
    explicit MigrationLock(Connection& connection) : connection_(connection) {
        for (int tries = 0; tries < kLockPatience; ++tries) {
            const Rows rows = connection_.query(kTakeLock);
            if (!rows.is_null(0, 0) && rows.number(0, 0) == 1) return;
        }
        throw Error(0, "another migration of this database has been running for half an hour");
    }
    ~MigrationLock() {
        try {
            connection_.query(kReleaseLock);
        } catch (const Error&) {
            // The connection is gone, and the lock with it.
        }
    }
    MigrationLock(const MigrationLock&) = delete;
    MigrationLock& operator=(const MigrationLock&) = delete;

  private:
    Connection& connection_;
};

std::vector<AppliedMigration> applied_migrations(Connection& connection) {
    struct Column {
        enum : std::size_t { kNumber, kName };
    };
    const Rows rows = connection.query("SELECT number, name FROM schema_migrations ORDER BY number");
    std::vector<AppliedMigration> applied;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        applied.push_back({rows.number(row, Column::kNumber), rows.text(row, Column::kName)});
    }
    return applied;
}

// The first applied migration that this program does not know.
const AppliedMigration* find_unknown(std::span<const AppliedMigration> applied,
                                     std::span<const Migration> known) {
    const auto found = std::find_if(applied.begin(), applied.end(), [known](const AppliedMigration& past) {
        return std::none_of(known.begin(), known.end(), [&past](const Migration& migration) {
            return migration.number == past.number && migration.name == past.name;
        });
    });
    return found == applied.end() ? nullptr : &*found;
}

std::string newer_schema(const AppliedMigration& unknown, std::span<const Migration> known) {
    return "the schema is at " + unknown.name + ", newer than this program (" +
           std::string(known.back().name) + "): install the newer version";
}

bool is_applied(const Migration& migration, std::span<const AppliedMigration> applied) {
    return std::any_of(applied.begin(), applied.end(), [&migration](const AppliedMigration& past) {
        return past.number == migration.number;
    });
}

// Both servers apply an ALTER TABLE as a whole or not at all. So if its first column or key exists, a run
// that was interrupted later has applied it.
void apply(Connection& connection, const std::string& statement) {
    try {
        connection.execute_text(statement);
    } catch (const Error& error) {
        const bool was_done = error.code() == kDuplicateColumn || error.code() == kDuplicateKeyName;
        if (!was_done || !statement.starts_with("ALTER TABLE")) throw;
    }
}

void apply(Connection& connection, const Migration& migration) {
    for (const std::string& statement : split_statements(migration.sql)) {
        retry_transient([&] { apply(connection, statement); });
    }
    // The nodes of a cluster do not share named locks, so another run may have inserted the row at the same
    // time.
    retry_transient([&] {
        connection.execute(
            "INSERT IGNORE INTO schema_migrations (number, name, applied_at) VALUES (?, ?, UTC_TIMESTAMP(6))",
            {std::uint64_t{migration.number}, std::string(migration.name)});
    });
}

}  // namespace

std::vector<std::string> split_statements(std::string_view sql) {
    constexpr std::string_view kBlanks = " \t\r";
    std::vector<std::string> statements;
    std::string statement;
    while (!sql.empty()) {
        const auto length = sql.find('\n');
        std::string_view line = sql.substr(0, length);
        sql.remove_prefix(length == std::string_view::npos ? sql.size() : length + 1);

        line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
        const auto start = line.find_first_not_of(kBlanks);
        if (start == std::string_view::npos || line.substr(start).starts_with("--")) continue;

        const bool ends = line.ends_with(';');
        if (ends) line.remove_suffix(1);
        if (!statement.empty()) statement += '\n';
        statement += line;
        if (ends) statements.push_back(std::exchange(statement, {}));
    }
    if (!statement.empty()) statements.push_back(std::move(statement));
    return statements;
}

std::optional<std::string> schema_mismatch(std::span<const AppliedMigration> applied,
                                           std::span<const Migration> known) {
    if (applied.empty()) return "the database has no tables yet: run \"targethooks migrate\"";
    if (const auto* unknown = find_unknown(applied, known)) return newer_schema(*unknown, known);
    const auto missing = std::find_if(known.begin(), known.end(), [applied](const Migration& migration) {
        return !is_applied(migration, applied);
    });
    if (missing == known.end()) return std::nullopt;
    return "the schema is at " + applied.back().name + ", and this program needs " +
           std::string(missing->name) + ": run \"targethooks migrate\"";
}

std::vector<std::string> migrate(Connection& connection, std::span<const Migration> known) {
    const MigrationLock lock(connection);
    connection.execute_text(std::string(kCreateTable));
    const std::vector<AppliedMigration> applied = applied_migrations(connection);
    if (const auto* unknown = find_unknown(applied, known)) {
        throw SchemaError(newer_schema(*unknown, known));
    }
    std::vector<std::string> names;
    for (const Migration& migration : known) {
        if (is_applied(migration, applied)) continue;
        apply(connection, migration);
        names.emplace_back(migration.name);
    }
    return names;
}

void require_current_schema(Connection& connection, std::span<const Migration> known) {
    std::vector<AppliedMigration> applied;
    try {
        applied = applied_migrations(connection);
    } catch (const Error& error) {
        if (error.code() == kTableAccessDenied) {
            throw SchemaError(
                "the table schema_migrations does not exist, or this database user may not read it: run"
                " \"targethooks migrate\", then apply the grants of this program's user");
        }
        if (error.code() != kNoSuchTable) throw;
    }
    if (const auto mismatch = schema_mismatch(applied, known)) throw SchemaError(*mismatch);
}

}  // namespace db
