// Errors of the database, with one classification for all users of a Connection: what went wrong, and how to
// react.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace db {

enum class ErrorCategory {
    kLost,         // the connection broke or was never made; the statement may or may not have been executed
    kWrongServer,  // the server accepts no writes now: read-only, a replica, or a node without its cluster
    kRetry,        // deadlock, lock wait, snapshot, certification: do the transaction again
    kFull,         // no space: all writes fail
    kUncertain,    // a COMMIT failed, and the transaction may have been committed nevertheless
    kSchema,       // missing rights, or tables of another version: fails with any values
    kOther,        // depends on the statement and its values
};

// Classifies the error codes of MySQL and MariaDB, including Galera and Group Replication, and those of the
// connector (2000 to 2999). Never returns kUncertain, which depends on the statement.
[[nodiscard]] ErrorCategory category_of(int code, std::string_view message);

class Error : public std::runtime_error {
  public:
    Error(int code, const std::string& what) : Error(code, what, category_of(code, what)) {}

    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] ErrorCategory category() const { return category_; }
    [[nodiscard]] bool is(ErrorCategory category) const { return category_ == category; }
    // kLost, kWrongServer or kUncertain: destroy the connection; another one may work.
    [[nodiscard]] bool ends_connection() const;
    // The server answered, so it knows that the statement failed; otherwise the connector found no answer.
    [[nodiscard]] bool is_from_server() const;
    // For the error of a COMMIT: nothing was committed.
    [[nodiscard]] bool undoes_commit() const;
    [[nodiscard]] bool duplicate_key() const;
    [[nodiscard]] bool timed_out() const;  // the server ended the statement because it took too long

  protected:
    Error(int code, const std::string& what, ErrorCategory category)
        : std::runtime_error(what), code_(code), category_(category) {}

  private:
    int code_;
    ErrorCategory category_;
};

// A COMMIT was sent, and the transaction may have been committed: the error does not rule it out, or there
// was no answer.
class CommitUncertain : public Error {
  public:
    explicit CommitUncertain(const Error& error)
        : Error(error.code(), error.what(), ErrorCategory::kUncertain) {}
};

}  // namespace db
