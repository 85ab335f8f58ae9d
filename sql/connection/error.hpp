// What goes wrong between a program and its database, and what is to be done about it: one classification for
// all who work with a Connection.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace db {

enum class ErrorCategory {
    kLost,         // the connection broke, or was never made; what was sent may or may not have been done
    kWrongServer,  // it takes no writes now: read-only, a replica, or a node without its cluster
    kRetry,        // deadlock, lock wait, snapshot, certification: the transaction is to be done again
    kFull,         // no space: nobody's writes are taken
    kUncertain,    // a COMMIT failed, and the transaction may have been committed all the same
    kSchema,       // no rights, or other tables than this program knows: whatever the values are
    kOther,        // what the statement is about
};

// By the error codes of MySQL and MariaDB, Galera and Group Replication included, and the connector's (2000
// to 2999). Never kUncertain, which depends on the statement.
[[nodiscard]] ErrorCategory category_of(int code, std::string_view message);

class Error : public std::runtime_error {
  public:
    Error(int code, const std::string& what) : Error(code, what, category_of(code, what)) {}

    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] ErrorCategory category() const { return category_; }
    [[nodiscard]] bool is(ErrorCategory category) const { return category_ == category; }
    // Lost, wrong server, uncertain: the connection is to be thrown away, and another may serve.
    [[nodiscard]] bool ends_connection() const;
    // Of a COMMIT: nothing was committed.
    [[nodiscard]] bool undoes_commit() const;
    [[nodiscard]] bool duplicate_key() const;
    [[nodiscard]] bool timed_out() const;  // the server ended the statement, which took too long

  protected:
    Error(int code, const std::string& what, ErrorCategory category)
        : std::runtime_error(what), code_(code), category_(category) {}

  private:
    int code_;
    ErrorCategory category_;
};

// A COMMIT was sent, and its error, or the want of an answer, does not say that nothing was committed.
class CommitUncertain : public Error {
  public:
    explicit CommitUncertain(const Error& error)
        : Error(error.code(), error.what(), ErrorCategory::kUncertain) {}
};

}  // namespace db
