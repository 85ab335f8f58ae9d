// One session with MariaDB or MySQL, over Connector/C++, which stays inside connection.cpp.
//
// The session is UTC, READ COMMITTED, strict, utf8mb4, with autocommit on. It never reconnects by itself:
// once Error::ends_connection() is seen, throw the Connection away and open another. Not for two threads at
// once.
//
// A statement that nobody waits for any more ends on the server too. The server stops it shortly before this
// side would give it up: every statement on MariaDB (max_statement_time), every SELECT on MySQL
// (max_execution_time). What has no answer at the time-out nevertheless is killed over a connection of its
// own.
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

namespace sql {
class ResultSet;
}

namespace db {

struct ConnectionSettings {
    std::string socket;  // a path; if empty, host and port are used
    std::string host = "127.0.0.1";
    std::uint16_t port = 3306;
    std::string tls_ca;  // CA file; with it the server's certificate and name are verified
    std::string schema = "targethooks";
    std::string user;
    std::string password;
    // The connector counts whole seconds. io_timeout is for one round trip; statements and waits for locks
    // end earlier.
    std::chrono::seconds connect_timeout{1};
    std::chrono::seconds io_timeout{2};

    // database_socket, database_host, database_port, database_tls_ca, database_name, and
    // <program>database_user, <program>database_password[_file]. Throws ConfigError; a host other than
    // loopback without database_tls_ca is one.
    static ConnectionSettings from(base::Config& config, std::string_view program_prefix,
                                   std::string_view default_user);
};

// How long a request waits for the database, unless it is configured.
inline constexpr std::chrono::milliseconds kDefaultPatience{1800};

// A parameter of a prepared statement. Text is sent as utf8mb4, at most kMaxTextBytes of it: longer text, and
// binary strings by their nature, the connector would send ahead of the statement, where the server keeps
// them, and adds them to those of the next try, if it refuses the statement unread. So the digits of Bytes
// are sent, as text, and the statement says UNHEX(?).
struct Bytes {
    std::string value;
};
inline constexpr std::size_t kMaxTextBytes = 256 * 1024;
using Parameter = std::variant<std::nullptr_t, bool, std::uint64_t, std::string, Bytes>;

// NULL if there is none.
[[nodiscard]] Parameter nullable(const std::optional<std::uint64_t>& value);
[[nodiscard]] Parameter nullable(const std::optional<bool>& value);
[[nodiscard]] Parameter nullable(const std::optional<std::string>& value);

// The rows of one result, read to the end and owned here; the connection is free for the next statement.
class Rows {
  public:
    [[nodiscard]] std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] bool empty() const { return cells_.empty(); }
    [[nodiscard]] const std::optional<std::string>& cell(std::size_t row, std::size_t column) const {
        return cells_.at(row * columns_ + column);
    }
    // REQUIRES (all three): the cell is not NULL. number and flag throw Error if it holds no number.
    [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const;
    [[nodiscard]] std::uint64_t number(std::size_t row, std::size_t column) const;
    [[nodiscard]] bool flag(std::size_t row, std::size_t column) const { return number(row, column) != 0; }
    // Nothing for NULL.
    [[nodiscard]] std::optional<std::uint64_t> optional_number(std::size_t row, std::size_t column) const {
        return is_null(row, column) ? std::nullopt : std::optional(number(row, column));
    }
    // A column, none of whose cells may be NULL.
    [[nodiscard]] std::vector<std::uint64_t> numbers(std::size_t column) const;
    [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const { return !cell(row, column); }

  private:
    friend class Connection;
    std::size_t columns_ = 0;
    std::vector<std::optional<std::string>> cells_;
};

class Connection {
  public:
    // Connects and sets the session up. Throws Error.
    explicit Connection(const ConnectionSettings& settings);
    ~Connection();
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;

    // From now on a statement may take that long on the server, at most the session's own limit, which is a
    // little less than io_timeout. Differences that don't matter cost no round trip.
    void limit_statements(std::chrono::milliseconds limit);

    // Prepares the statement and keeps it, as query and execute do on first use: at start, a statement that
    // names a wrong table or column fails here.
    void prepare(std::string_view statement);

    // Prepared statements, "?" for each parameter, "UNHEX(?)" for Bytes. Select times as clients see them:
    // DATE_FORMAT(column, '%Y-%m-%dT%H:%i:%s.%fZ'). Rows that have the values already, which an update leaves
    // as they are, count as well.
    Rows query(std::string_view statement, std::span<const Parameter> parameters = {});
    std::uint64_t execute(std::string_view statement,
                          std::span<const Parameter> parameters = {});  // rows changed

    Rows query(std::string_view statement, std::initializer_list<Parameter> parameters);
    std::uint64_t execute(std::string_view statement, std::initializer_list<Parameter> parameters);

    // For what must change one row. Throws Error if it was another number: the transaction is to be undone.
    void execute_one(std::string_view statement, std::span<const Parameter> parameters);
    void execute_one(std::string_view statement, std::initializer_list<Parameter> parameters);

    // Text sent as it is, for statements whose shape varies and that hold no text but SqlText's encodings,
    // and for DDL.
    Rows query_text(const std::string& statement);
    void execute_text(const std::string& statement);
    std::uint64_t update_text(const std::string& statement);             // rows changed
    void update_text(const std::string& statement, std::uint64_t rows);  // as execute_one

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

// While it lives, the connection reads what was committed on any node of its cluster, where the server knows
// how (Galera's wsrep_sync_wait): for those who look whether a commit happened. Throws Error.
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
