// A transaction that takes few round trips: several statements are sent in one text, COMMIT with the last ones.
//
//     BatchedTransaction transaction(connection);
//     transaction.add(statement);            // nothing is sent yet
//     auto results = transaction.send();     // START TRANSACTION and the statement
//     transaction.add(other);
//     transaction.commit();                  // the other statement and COMMIT
//
// The server stops at the first statement that fails. If that is not the COMMIT, nothing was committed.
#pragma once

#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {

class BatchedTransaction {
  public:
    // Sends nothing. REQUIRES: the connection was made with ConnectionSettings::multi_statements.
    explicit BatchedTransaction(Connection& connection) : connection_(connection) {}
    // ROLLBACK, unless nothing was sent or the transaction has ended.
    ~BatchedTransaction();
    BatchedTransaction(const BatchedTransaction&) = delete;
    BatchedTransaction& operator=(const BatchedTransaction&) = delete;

    // Adds one statement to the next text.
    void add(SqlText statement);

    // Both send what was added, and return the rows of each of these statements: none for those that are no queries.
    // To learn how many rows one has changed, add SELECT ROW_COUNT() behind it. They throw Error; after that no
    // more may be sent.
    std::vector<Rows> send();
    // Throws an Error if nothing was committed: a statement before the COMMIT failed, or the COMMIT did, as
    // for Transaction::commit. Any other failure is CommitUncertain. So is a connection that was lost during
    // an earlier statement: the server may have gone on to the COMMIT.
    std::vector<Rows> commit();

  private:
    enum class State { kNew, kOpen, kEnded };

    void run(std::vector<Rows>& results);

    Connection& connection_;
    std::vector<SqlText> statements_;  // to be sent
    State state_ = State::kNew;
};

}  // namespace db
