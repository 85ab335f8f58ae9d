// What a connection has really sent, parameters put in, and how the server would carry it out: so that a test
// can hold every statement of a store to its index without repeating any of them.
//
// It is the server's general log, switched on while this lives. REQUIRES: the connection is the
// administrator's, and no other test uses the server's log at the same time.
#pragma once

#include <string>
#include <vector>

#include "sql/connection/connection.hpp"

namespace testing {

// A row of EXPLAIN.
struct PlanStep {
    std::string table;  // or alias; "<derived2>" for one that the statement makes itself
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

    // Those of this connection that look for rows: SELECT, UPDATE, DELETE, INSERT ... SELECT; each text once,
    // with a single space wherever it has white space.
    [[nodiscard]] std::vector<std::string> statements();

    [[nodiscard]] std::vector<PlanStep> explain(const std::string& statement);

  private:
    db::Connection& connection_;
    bool is_mariadb_;
};

}  // namespace testing
