#include "sql/connection/connection.hpp"

namespace db {

Transaction::Transaction(Connection& connection) : connection_(connection) {
    connection_.execute_text("START TRANSACTION");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        connection_.execute_text("ROLLBACK");
    } catch (const Error&) {
        // The connection is gone, so the server rolls back by itself.
    }
}

void Transaction::commit() {
    // Whether the COMMIT succeeds or fails, there is no transaction left to roll back.
    open_ = false;
    try {
        connection_.execute_text("COMMIT");
    } catch (const Error& error) {
        if (error.undoes_commit()) throw;
        throw CommitUncertain(error);
    }
}

LatestReads::LatestReads(Connection& connection) : connection_(connection) {
    constexpr int kUnknownVariable = 1193;
    try {
        connection_.execute_text("SET SESSION wsrep_sync_wait = 1");
        known_ = true;
    } catch (const Error& error) {
        if (error.code() != kUnknownVariable) throw;
    }
}

LatestReads::~LatestReads() {
    if (!known_) return;
    try {
        connection_.execute_text("SET SESSION wsrep_sync_wait = DEFAULT");
    } catch (const Error&) {
        // The connection is gone.
    }
}

}  // namespace db
