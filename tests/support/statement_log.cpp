#include "tests/support/statement_log.hpp"

#include <cstddef>

namespace testing {

StatementLog::StatementLog(db::Connection& connection)
    : connection_(connection),
      is_mariadb_(connection.query_text("SELECT VERSION() LIKE '%MariaDB%'").number(0, 0) != 0) {
    connection_.execute_text("SET GLOBAL log_output = 'TABLE'");
    connection_.execute_text("TRUNCATE TABLE mysql.general_log");
    connection_.execute_text("SET GLOBAL general_log = ON");
}

StatementLog::~StatementLog() {
    try {
        connection_.execute_text("SET GLOBAL general_log = OFF");
    } catch (const db::Error&) {
        // The server is gone, and its log with it.
    }
}

std::vector<std::string> StatementLog::statements() {
    const db::Rows rows = connection_.query_text(R"(
        SELECT DISTINCT statement
        FROM (SELECT TRIM(REGEXP_REPLACE(CONVERT(argument USING utf8mb4), '[[:space:]]+', ' ')) AS statement
              FROM mysql.general_log
              WHERE thread_id = CONNECTION_ID() AND command_type IN ('Query', 'Execute')) AS sent
        WHERE statement REGEXP '^(SELECT|UPDATE|DELETE|INSERT [^(]*[(][^)]*[)] ?SELECT)'
          AND statement NOT LIKE '%general_log%')");
    std::vector<std::string> statements;
    statements.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) statements.push_back(rows.text(row, 0));
    return statements;
}

std::vector<PlanStep> StatementLog::explain(const std::string& statement) {
    const db::Rows rows =
        connection_.query_text((is_mariadb_ ? "EXPLAIN " : "EXPLAIN FORMAT=TRADITIONAL ") + statement);
    // MySQL has two more columns: partitions, filtered.
    const std::size_t type = is_mariadb_ ? 3 : 4;
    const std::size_t key = type + 2;
    const std::size_t extra = is_mariadb_ ? 9 : 11;
    std::vector<PlanStep> plan;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        // MySQL shows the target table of an INSERT as if the whole table were read.
        if (rows.cell(row, 1) == "INSERT") continue;
        plan.push_back({.table = rows.cell(row, 2).value_or(""),
                        .type = rows.cell(row, type).value_or(""),
                        .key = rows.cell(row, key).value_or(""),
                        .extra = rows.cell(row, extra).value_or("")});
    }
    return plan;
}

}  // namespace testing
