// Records the statements that a connection really sent, with their parameters, and their plans. So a test can
// check that every statement of a store uses its index, without repeating the statements.
//
// It uses the server's general log, which is on during the object's lifetime. REQUIRES: the connection is the
// administrator's, and no other test uses the server's log at the same time.
#pragma once

#include <string>
#include <vector>

#include "sql/connection/connection.hpp"

namespace testing {

// A row of EXPLAIN.
struct PlanStep {
    std::string table;  // or alias; "<derived2>" for a derived table
    std::string type;   // "ALL": all rows are read; "index": all entries of an index
    std::string key;
    std::string extra;
};

class StatementLog {
  public:
    explicit StatementLog(db::Connection& connection);
    ~StatementLog();
    StatementLog(const StatementLog&) = delete;
    StatementLog& operator=(const StatementLog&) = delete;

    // The statements of this connection that search for rows: SELECT, UPDATE, DELETE, INSERT ... SELECT. Each
    // text occurs once, with white space reduced to single spaces.
    [[nodiscard]] std::vector<std::string> statements();

    [[nodiscard]] std::vector<PlanStep> explain(const std::string& statement);

  private:
    db::Connection& connection_;
    bool is_mariadb_;
};

}  // namespace testing
