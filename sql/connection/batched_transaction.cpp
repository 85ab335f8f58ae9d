#include "sql/connection/batched_transaction.hpp"

#include <utility>

namespace db {

BatchedTransaction::~BatchedTransaction() {
    if (state_ != State::kOpen) return;
    try {
        connection_.execute_text("ROLLBACK");
    } catch (const Error&) {
        // The connection is gone, so the server rolls back by itself.
    }
}

void BatchedTransaction::add(SqlText statement) {
    if (state_ == State::kNew && statements_.empty()) statements_.push_back(SqlText("START TRANSACTION"));
    statements_.push_back(std::move(statement));
}

// After an Error, `results` has those of the statements that succeeded.
void BatchedTransaction::run(std::vector<Rows>& results) {
    const std::vector<SqlText> statements = std::exchange(statements_, {});
    state_ = State::kOpen;
    connection_.run_all(statements, results);
}

std::vector<Rows> BatchedTransaction::send() {
    std::vector<Rows> results;
    if (statements_.empty()) return results;
    const bool begins = state_ == State::kNew;
    run(results);
    if (begins) results.erase(results.begin());  // of START TRANSACTION
    return results;
}

std::vector<Rows> BatchedTransaction::commit() {
    const bool begins = state_ == State::kNew;
    add(SqlText("COMMIT"));
    const std::size_t count = statements_.size();
    std::vector<Rows> results;
    try {
        run(results);
    } catch (const Error& error) {
        const bool at_commit = results.size() + 1 == count;
        if (at_commit || !error.is_from_server()) state_ = State::kEnded;
        if (state_ == State::kOpen || (at_commit && error.undoes_commit())) throw;
        throw CommitUncertain(error);
    }
    state_ = State::kEnded;
    results.pop_back();                          // of COMMIT
    if (begins) results.erase(results.begin());  // of START TRANSACTION
    return results;
}

}  // namespace db
