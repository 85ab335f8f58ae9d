// One session with MariaDB or MySQL, over Connector/C++, which stays inside connection.cpp.
//
// The session is UTC, READ COMMITTED, strict, utf8mb4, with autocommit on. It never reconnects by itself:
// after an error with ends_connection(), destroy the Connection and open another. A Connection must not be
// used by two threads at once.
//
// When this side stops waiting for a statement, the statement ends on the server too. The server stops it
// shortly before the time-out of this side: every statement on MariaDB (max_statement_time), every SELECT on
// MySQL (max_execution_time). A statement that has no answer at the time-out nevertheless is killed over a
// separate connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/config.hpp"
#include "sql/connection/error.hpp"
#include "sql/connection/sql_text.hpp"

namespace sql {
class ResultSet;
}  // namespace sql

namespace db {

struct ConnectionSettings {
    std::string socket;  // a path; if empty, host and port are used
    std::string host = "127.0.0.1";
    std::uint16_t port = 3306;
    std::string tls_ca;  // CA file; with it the server's certificate and name are verified
    std::string schema = "targethooks";
    std::string user;
    std::string password;
    // The connector supports only whole seconds. io_timeout limits one round trip; statements and waits for
    // locks end earlier.
    std::chrono::seconds connect_timeout{1};
    std::chrono::seconds io_timeout{2};
    // Allows texts of several statements (BatchedTransaction). Other connections refuse them, so that an error in
    // the encoding of a value could not add a statement.
    bool multi_statements = false;

    // database_socket, database_host, database_port, database_tls_ca, database_name, and
    // <program>database_user, <program>database_password[_file]. Throws ConfigError, also for a host other
    // than loopback without database_tls_ca.
    static ConnectionSettings from(base::Config& config, std::string_view program_prefix,
                                   std::string_view default_user);
};

// How long a request waits for the database by default.
inline constexpr std::chrono::milliseconds kDefaultPatience{1800};

// A parameter of a prepared statement. Text is sent as utf8mb4, at most kMaxTextBytes of it. The connector
// would send longer text, and all binary strings, ahead of the statement. If the server then refuses the
// statement unread, it keeps these values and appends those of the next try to them. So Bytes are sent as
// hexadecimal text, and the statement says UNHEX(?).
struct Bytes {
    std::string value;
};
inline constexpr std::size_t kMaxTextBytes = 256 * 1024;
using Parameter = std::variant<std::nullptr_t, bool, std::uint64_t, std::string, Bytes>;

// NULL if the value is absent.
[[nodiscard]] Parameter nullable(const std::optional<std::uint64_t>& value);
[[nodiscard]] Parameter nullable(const std::optional<bool>& value);
[[nodiscard]] Parameter nullable(const std::optional<std::string>& value);

// The rows of one result. They are read to the end and owned here, so the connection is free for the next
// statement.
class Rows {
  public:
    [[nodiscard]] std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] bool empty() const { return cells_.empty(); }
    [[nodiscard]] const std::optional<std::string>& cell(std::size_t row, std::size_t column) const {
        return cells_.at(row * columns_ + column);
    }
    // REQUIRES (all three): the cell is not NULL. number and flag throw Error if it does not hold a number.
    [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const;
    [[nodiscard]] std::uint64_t number(std::size_t row, std::size_t column) const;
    [[nodiscard]] bool flag(std::size_t row, std::size_t column) const { return number(row, column) != 0; }
    // Returns nullopt for NULL.
    [[nodiscard]] std::optional<std::uint64_t> optional_number(std::size_t row, std::size_t column) const {
        return is_null(row, column) ? std::nullopt : std::optional(number(row, column));
    }
    // All values of a column. REQUIRES: none of them is NULL.
    [[nodiscard]] std::vector<std::uint64_t> numbers(std::size_t column) const;
    [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const { return !cell(row, column); }

  private:
    friend class Connection;
    std::size_t columns_ = 0;
    std::vector<std::optional<std::string>> cells_;
};

class Connection {
  public:
    // Connects and sets up the session. Throws Error.
    explicit Connection(const ConnectionSettings& settings);
    ~Connection();
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;

    // Sets how long each further statement may take on the server, at most the session's own limit, which is
    // a little less than io_timeout. Small changes are ignored to save the round trip.
    void limit_statements(std::chrono::milliseconds limit);

    // Prepares the statement and keeps it. query and execute do so on first use; this makes a statement with
    // a wrong table or column fail at start.
    void prepare(std::string_view statement);

    // Run prepared statements, with "?" for each parameter and "UNHEX(?)" for Bytes. Select times as clients
    // see them: DATE_FORMAT(column, '%Y-%m-%dT%H:%i:%s.%fZ'). execute returns how many rows an update
    // matched, also those that already had the new values.
    Rows query(std::string_view statement, std::span<const Parameter> parameters = {});
    std::uint64_t execute(std::string_view statement, std::span<const Parameter> parameters = {});

    Rows query(std::string_view statement, std::initializer_list<Parameter> parameters);
    std::uint64_t execute(std::string_view statement, std::initializer_list<Parameter> parameters);

    // For statements that must change exactly one row. Throws Error otherwise; then undo the transaction.
    void execute_one(std::string_view statement, std::span<const Parameter> parameters);
    void execute_one(std::string_view statement, std::initializer_list<Parameter> parameters);

    // Send the text as it is. For DDL, and for statements whose shape varies: these must write all values in
    // SqlText's encodings.
    Rows query_text(const std::string& statement);
    void execute_text(const std::string& statement);
    std::uint64_t update_text(const std::string& statement);             // rows changed
    void update_text(const std::string& statement, std::uint64_t rows);  // as execute_one
    // Sends several statements in one round trip. Appends the rows of each, none for a statement that is no query;
    // after an Error, of those before the one that failed. The server executes none behind it. REQUIRES:
    // ConnectionSettings::multi_statements. Throws std::logic_error for a text with ";", which is in no value's encoding.
    void run_all(std::span<const SqlText> statements, std::vector<Rows>& results);

  private:
    struct Session;
    using Result = sql::ResultSet;
    static Rows read_rows(Result& result);

    std::unique_ptr<Session> session_;
};

// BEGIN on construction, ROLLBACK on destruction unless committed.
class Transaction {
  public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    // Throws Error if nothing was committed: a deadlock or a failed certification, or a server that has
    // become read-only. Any other failure is CommitUncertain.
    void commit();

  private:
    Connection& connection_;
    bool open_ = true;
};

// During its lifetime the connection reads what was committed on any node of its cluster, if the server
// supports that (Galera's wsrep_sync_wait). Used to find out whether a commit happened. Throws Error.
class LatestReads {
  public:
    explicit LatestReads(Connection& connection);
    ~LatestReads();
    LatestReads(const LatestReads&) = delete;
    LatestReads& operator=(const LatestReads&) = delete;

  private:
    Connection& connection_;
    bool known_ = false;
};

}  // namespace db
