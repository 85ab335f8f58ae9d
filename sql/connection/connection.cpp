#include "sql/connection/connection.hpp"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include "common/base/ascii.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

using Clock = std::chrono::steady_clock;

bool is_loopback(std::string_view host) {
    return host == "127.0.0.1" || host == "::1" || host == "localhost";
}

int to_int(std::chrono::seconds time) {
    return static_cast<int>(time.count());
}

// The server's address as a URL: the connector requires this form, and operators recognise it.
std::string address_of(const ConnectionSettings& settings) {
    if (!settings.socket.empty()) return "unix://" + settings.socket;
    const bool is_ipv6 = settings.host.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? "[" + settings.host + "]" : settings.host;
    return "tcp://" + host + ":" + std::to_string(settings.port);
}

sql::ConnectOptionsMap connect_options(const ConnectionSettings& settings) {
    sql::ConnectOptionsMap options;
    options["hostName"] = address_of(settings);
    options["userName"] = settings.user;
    options["password"] = settings.password;
    options["schema"] = settings.schema;
    options["CLIENT_FOUND_ROWS"] = true;
    options["OPT_CHARSET_NAME"] = std::string("utf8mb4");
    options["OPT_CONNECT_TIMEOUT"] = to_int(settings.connect_timeout);
    options["OPT_READ_TIMEOUT"] = to_int(settings.io_timeout);
    options["OPT_WRITE_TIMEOUT"] = to_int(settings.io_timeout);
    if (settings.multi_statements) options["CLIENT_MULTI_STATEMENTS"] = true;
    if (!settings.tls_ca.empty()) {
        // Only both options together make the connector refuse a server without TLS or with another name.
        options["sslCA"] = settings.tls_ca;
        options["sslVerify"] = true;
    }
    return options;
}

// The server's answer that it has ended a statement must arrive before the connector stops waiting for it.
std::chrono::milliseconds longest_statement(const ConnectionSettings& settings) {
    constexpr std::chrono::milliseconds kOnTheWay{200};
    return settings.io_timeout - kOnTheWay;
}

// Each server reads the other's setting as a comment. MariaDB counts in seconds and limits all statements;
// MySQL limits only SELECTs.
std::string statement_limit(std::chrono::milliseconds limit) {
    const std::string milliseconds = std::to_string(std::max<std::int64_t>(limit.count(), 1));
    return "/*M! max_statement_time = " + milliseconds +
           " / 1000 *//*!80000 max_execution_time = " + milliseconds + " */";
}

std::size_t count_of(std::string_view part, std::string_view text) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

// A statement without UNHEX would store the digits instead of the bytes.
void require_unhex(std::string_view statement, std::span<const Parameter> parameters) {
    const auto bytes = std::ranges::count_if(
        parameters, [](const Parameter& parameter) { return std::holds_alternative<Bytes>(parameter); });
    if (count_of("UNHEX(?)", statement) != static_cast<std::size_t>(bytes)) {
        throw std::logic_error("the number of UNHEX(?) differs from that of binary parameters: " +
                               std::string(statement));
    }
}

void bind_text(sql::PreparedStatement& statement, unsigned index, const std::string& text) {
    if (text.size() > kMaxTextBytes) throw std::length_error("a parameter has more than 256 KiB");
    statement.setString(index, text);
}

// Binds parameters from 1.
void bind(sql::PreparedStatement& statement, std::span<const Parameter> parameters) {
    unsigned index = 0;
    for (const Parameter& parameter : parameters) {
        ++index;
        if (std::holds_alternative<std::nullptr_t>(parameter)) {
            statement.setNull(index, 0);
        } else if (const auto* flag = std::get_if<bool>(&parameter)) {
            statement.setBoolean(index, *flag);
        } else if (const auto* number = std::get_if<std::uint64_t>(&parameter)) {
            statement.setUInt64(index, *number);
        } else if (const auto* text = std::get_if<std::string>(&parameter)) {
            bind_text(statement, index, *text);
        } else {
            bind_text(statement, index, SqlText("").hexadecimal(std::get<Bytes>(parameter).value).str());
        }
    }
}

// The statement in one line, without its conditions, for error messages.
std::string beginning_of(std::string_view statement) {
    std::string beginning;
    for (const char c : statement.substr(0, statement.find("WHERE"))) {
        const bool is_blank = c == ' ' || c == '\n';
        if (!is_blank || !beginning.ends_with(' ')) beginning += is_blank ? ' ' : c;
    }
    return beginning;
}

std::string join(std::span<const SqlText> statements) {
    std::string text;
    for (const SqlText& statement : statements) {
        if (statement.str().find(';') != std::string::npos) {
            throw std::logic_error("this may be more than one statement: " + statement.str());
        }
        if (!text.empty()) text += ';';
        text += statement.str();
    }
    return text;
}

void require_rows(std::uint64_t changed, std::uint64_t wanted, std::string_view statement) {
    if (changed == wanted) return;
    throw Error(0, "changed " + std::to_string(changed) + " rows, not " + std::to_string(wanted) + ": " +
                       beginning_of(statement));
}

}  // namespace

Parameter nullable(const std::optional<std::uint64_t>& value) {
    if (value) return *value;
    return nullptr;
}

Parameter nullable(const std::optional<bool>& value) {
    if (value) return *value;
    return nullptr;
}

Parameter nullable(const std::optional<std::string>& value) {
    if (value) return *value;
    return nullptr;
}

const std::string& Rows::text(std::size_t row, std::size_t column) const {
    return cell(row, column).value();
}

std::uint64_t Rows::number(std::size_t row, std::size_t column) const {
    const std::string& digits = text(row, column);
    const auto value = base::parse_number<std::uint64_t>(digits);
    if (!value) {
        throw Error(0, "expected a number from the database, not \"" + digits + "\"");
    }
    return *value;
}

std::vector<std::uint64_t> Rows::numbers(std::size_t column) const {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(size());
    for (std::size_t row = 0; row < size(); ++row) numbers.push_back(number(row, column));
    return numbers;
}

ConnectionSettings ConnectionSettings::from(base::Config& config, std::string_view program_prefix,
                                            std::string_view default_user) {
    const std::string prefix(program_prefix);
    ConnectionSettings settings;
    settings.socket = config.text("database_socket", "");
    settings.host = config.text("database_host", settings.host);
    settings.port = static_cast<std::uint16_t>(config.number("database_port", 1, 65535, settings.port));
    settings.tls_ca = config.text("database_tls_ca", "");
    settings.schema = config.text("database_name", settings.schema);
    settings.user = config.text(prefix + "database_user", default_user);
    settings.password = config.secret(prefix + "database_password");
    if (settings.socket.empty() && settings.tls_ca.empty() && !is_loopback(settings.host)) {
        throw config.error("database_host",
                           "names another machine: set database_tls_ca, so that the connection to " +
                               settings.host + " is encrypted and verified");
    }
    return settings;
}

namespace {

std::unique_ptr<sql::Connection> connect(const ConnectionSettings& settings) {
    // The driver object is the connector's own singleton. Its construction is not thread-safe; a static
    // local's is.
    static sql::Driver* const driver =  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
        get_driver_instance();
    auto options = connect_options(settings);
    return std::unique_ptr<sql::Connection>(driver->connect(options));
}

// Kills the connection with that number on the server, if its statement has run for about the time-out.
// A younger statement is not ours: if a host name stands for several servers, this may be another one.
void kill_overdue(ConnectionSettings settings, std::uint64_t number) {
    const auto age = settings.io_timeout - std::chrono::seconds{1};
    settings.io_timeout = settings.connect_timeout;
    try {
        const auto connection = connect(settings);
        const std::unique_ptr<sql::Statement> statement(connection->createStatement());
        const std::unique_ptr<sql::ResultSet> overdue(statement->executeQuery(
            "SELECT id FROM information_schema.processlist WHERE id = " + std::to_string(number) +
            " AND command <> 'Sleep' AND time >= " + std::to_string(age.count())));
        if (overdue->next()) statement->execute("KILL " + std::to_string(number));
    } catch (const sql::SQLException&) {
        // It has ended by itself, or the server is away, and its connections with it.
    }
}

}  // namespace

struct Connection::Session {
    const ConnectionSettings settings;
    // In this order: results and statements must be gone before the connection.
    std::unique_ptr<sql::Connection> connection{};
    std::unique_ptr<sql::Statement> text_statement{};
    std::map<std::string, std::unique_ptr<sql::PreparedStatement>, std::less<>> prepared{};
    std::uint64_t number = 0;  // the server's, once the session is set up
    std::chrono::milliseconds limit = longest_statement(settings);  // of a statement

    // Runs one call into the connector; whatever it throws becomes an Error.
    template <class Call>
    auto guarded(Call&& call) {
        const auto start = Clock::now();
        try {
            return std::forward<Call>(call)();
        } catch (const sql::SQLException& exception) {
            const Error error(exception.getErrorCode(), exception.what());
            const bool given_up =
                error.is(ErrorCategory::kLost) && Clock::now() - start >= settings.io_timeout;
            if (given_up && number != 0) kill_overdue(settings, number);
            throw Error(error);
        }
    }

    sql::PreparedStatement& statement(std::string_view text) {
        const auto found = prepared.find(text);
        if (found != prepared.end()) return *found->second;
        std::unique_ptr<sql::PreparedStatement> made(connection->prepareStatement(std::string(text)));
        return *prepared.emplace(std::string(text), std::move(made)).first->second;
    }
};

Connection::Connection(const ConnectionSettings& settings) : session_(new Session{.settings = settings}) {
    try {
        session_->connection = connect(settings);
        session_->text_statement.reset(session_->connection->createStatement());
    } catch (const sql::SQLException& exception) {
        throw Error(exception.getErrorCode(), "database " + settings.schema + " at " + address_of(settings) +
                                                  ", user " + settings.user + ": " + exception.what());
    }
    // Waiting for a lock beyond the time-out of the round trip would be useless.
    const auto lock_wait = std::to_string(std::clamp<std::int64_t>(settings.io_timeout.count() - 1, 1, 50));
    execute_text("SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = " + lock_wait +
                 ", lock_wait_timeout = " + lock_wait +
                 ", sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
    execute_text("SET SESSION " + statement_limit(session_->limit));
    execute_text("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    session_->number = query_text("SELECT CONNECTION_ID()").number(0, 0);
}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

void Connection::limit_statements(std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds kMatters{250};
    limit = std::min(limit, longest_statement(session_->settings));
    if (std::chrono::abs(limit - session_->limit) < kMatters) return;
    execute_text("SET SESSION " + statement_limit(limit));
    session_->limit = limit;
}

void Connection::prepare(std::string_view statement) {
    session_->guarded([&] { session_->statement(statement); });
}

// A member, because it alone may fill Rows.
Rows Connection::read_rows(Result& result) {
    Rows rows;
    rows.columns_ = result.getMetaData()->getColumnCount();
    rows.cells_.reserve(result.rowsCount() * rows.columns_);
    while (result.next()) {
        for (unsigned column = 1; column <= rows.columns_; ++column) {
            auto text = result.getString(column).asStdString();
            rows.cells_.push_back(result.wasNull() ? std::nullopt : std::optional(std::move(text)));
        }
    }
    return rows;
}

Rows Connection::query(std::string_view statement, std::span<const Parameter> parameters) {
    require_unhex(statement, parameters);
    return session_->guarded([&] {
        sql::PreparedStatement& prepared = session_->statement(statement);
        bind(prepared, parameters);
        const std::unique_ptr<sql::ResultSet> result(prepared.executeQuery());
        return read_rows(*result);
    });
}

std::uint64_t Connection::execute(std::string_view statement, std::span<const Parameter> parameters) {
    require_unhex(statement, parameters);
    return session_->guarded([&] {
        sql::PreparedStatement& prepared = session_->statement(statement);
        bind(prepared, parameters);
        return static_cast<std::uint64_t>(prepared.executeUpdate());
    });
}

Rows Connection::query(std::string_view statement, std::initializer_list<Parameter> parameters) {
    return query(statement, std::span(parameters.begin(), parameters.size()));
}

std::uint64_t Connection::execute(std::string_view statement, std::initializer_list<Parameter> parameters) {
    return execute(statement, std::span(parameters.begin(), parameters.size()));
}

void Connection::execute_one(std::string_view statement, std::span<const Parameter> parameters) {
    require_rows(execute(statement, parameters), 1, statement);
}

void Connection::execute_one(std::string_view statement, std::initializer_list<Parameter> parameters) {
    execute_one(statement, std::span(parameters.begin(), parameters.size()));
}

Rows Connection::query_text(const std::string& statement) {
    return session_->guarded([&] {
        const std::unique_ptr<sql::ResultSet> result(session_->text_statement->executeQuery(statement));
        return read_rows(*result);
    });
}

void Connection::execute_text(const std::string& statement) {
    session_->guarded([&] { session_->text_statement->execute(statement); });
}

std::uint64_t Connection::update_text(const std::string& statement) {
    return session_->guarded(
        [&] { return static_cast<std::uint64_t>(session_->text_statement->executeUpdate(statement)); });
}

void Connection::update_text(const std::string& statement, std::uint64_t rows) {
    require_rows(update_text(statement), rows, statement);
}

void Connection::run_all(std::span<const SqlText> statements, std::vector<Rows>& results) {
    const std::string text = join(statements);
    session_->guarded([&] {
        sql::Statement& statement = *session_->text_statement;
        bool has_rows = statement.execute(text);
        for (std::size_t done = 1;; ++done) {
            const std::unique_ptr<sql::ResultSet> rows(has_rows ? statement.getResultSet() : nullptr);
            results.push_back(rows ? read_rows(*rows) : Rows());
            if (done == statements.size()) return;
            has_rows = statement.getMoreResults();
        }
    });
}

}  // namespace db
