#include "tests/support/test_database.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "sql/connection/schema.hpp"

namespace testing {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name, std::string_view fallback = "") {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? fallback : value);
}

std::string random_name() {
    std::random_device random;
    std::ostringstream name;
    name << "th_" << std::hex << random() << random();
    return name.str();
}

std::string find_program(const std::string& name) {
    for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
        if (::access((directory + name).c_str(), X_OK) == 0) return directory + name;
    }
    throw std::runtime_error(name + " is missing; it comes with Debian's mariadb-server-core");
}

// Runs a program with its output in a file. The kernel kills it when this process ends.
pid_t spawn(const std::vector<std::string>& words, const fs::path& output) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork failed");
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::setsid();
        const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        const bool redirected = ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO) >= 0 &&
                                ::dup2(log, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0;
        if (redirected) ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    return pid;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path.string() + " can't be read");
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

class PrivateServer {
  public:
    PrivateServer() {
        std::string pattern = "/tmp/targethooks-db-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("no directory can be made in /tmp");
        directory_ = pattern;
        try {
            install();
            start();
        } catch (...) {
            end();
            throw;
        }
    }
    ~PrivateServer() { end(); }
    PrivateServer(const PrivateServer&) = delete;
    PrivateServer& operator=(const PrivateServer&) = delete;

    [[nodiscard]] std::string socket() const { return directory_ / "db.sock"; }

  private:
    [[nodiscard]] std::vector<std::string> command(const std::string& program,
                                                   std::initializer_list<std::string> options) const {
        // These tests crash no server, so data need not reach the disk.
        std::vector<std::string> words{find_program(program),
                                       "--no-defaults",
                                       "--datadir=" + (directory_ / "data").string(),
                                       "--tmpdir=" + directory_.string(),
                                       "--innodb-flush-log-at-trx-commit=0",
                                       "--innodb-flush-method=nosync"};
        if (::geteuid() == 0) words.emplace_back("--user=root");
        words.insert(words.end(), options);
        return words;
    }

    void install() {
        const auto words =
            command("mariadb-install-db", {"--skip-test-db", "--auth-root-authentication-method=normal"});
        const fs::path log = directory_ / "install.log";
        const pid_t pid = spawn(words, log);
        int status = 0;
        ::waitpid(pid, &status, 0);
        if (status != 0) throw std::runtime_error("mariadb-install-db failed:\n" + content_of(log));
    }

    void start() {
        const fs::path log = directory_ / "server.log";
        pid_ = spawn(command("mariadbd", {"--socket=" + socket(), "--skip-networking",
                                          "--pid-file=" + (directory_ / "db.pid").string()}),
                     log);
        db::ConnectionSettings settings;
        settings.socket = socket();
        settings.user = "root";
        settings.schema = "mysql";
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        for (;;) {
            try {
                const db::Connection connection(settings);
                return;
            } catch (const db::Error&) {
                const bool ended = ::waitpid(pid_, nullptr, WNOHANG) != 0;
                if (ended) pid_ = -1;
                if (ended || std::chrono::steady_clock::now() > deadline) {
                    throw std::runtime_error("mariadbd didn't start; its log:\n" + content_of(log));
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

    void end() noexcept {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }

    fs::path directory_;
    pid_t pid_ = -1;
};

// The settings of the test server's administrator. Starts the private server if that is used.
db::ConnectionSettings administrator() {
    db::ConnectionSettings settings;
    settings.socket = variable("TEST_DATABASE_SOCKET");
    settings.host = variable("TEST_DATABASE_HOST");
    if (settings.socket.empty() && settings.host.empty()) {
        static const PrivateServer server;
        settings.socket = server.socket();
    }
    const std::string port = variable("TEST_DATABASE_PORT", "3306");
    std::from_chars(port.data(), port.data() + port.size(), settings.port);
    settings.user = variable("TEST_DATABASE_USER", "root");
    settings.password = variable("TEST_DATABASE_PASSWORD");
    settings.schema = "mysql";
    settings.io_timeout = std::chrono::seconds(60);
    return settings;
}

}  // namespace

TestSchema::TestSchema() : name_(random_name()) {
    db::Connection(administrator()).execute_text("CREATE DATABASE " + name_);
}

TestSchema::~TestSchema() {
    try {
        db::Connection connection(administrator());
        connection.execute_text("DROP DATABASE IF EXISTS " + name_);
        for (const std::string& user : users_) {
            connection.execute_text("DROP USER IF EXISTS '" + user + "'@'localhost'");
        }
    } catch (const db::Error&) {
        // The test has stopped or broken the server, so its schemas vanish with it.
    }
}

db::ConnectionSettings TestSchema::settings() const {
    auto settings = administrator();
    settings.schema = name_;
    return settings;
}

db::ConnectionSettings TestSchema::settings_of(std::string_view program) {
    auto settings = this->settings();
    db::Connection connection(settings);
    settings.user = random_name();
    settings.password = random_name();
    connection.execute_text("CREATE USER '" + settings.user + "'@'localhost' IDENTIFIED BY '" +
                            settings.password + "'");
    users_.push_back(settings.user);

    const std::string role = "targethooks_" + std::string(program);
    const fs::path grants = fs::path(TARGETHOOKS_SOURCE_DIR) / "sql/grants" / (std::string(program) + ".sql");
    for (std::string statement : db::split_statements(content_of(grants))) {
        const auto position = statement.find(role);
        if (position == std::string::npos) throw std::runtime_error(role + " is not in: " + statement);
        connection.execute_text(statement.replace(position, role.size(), settings.user));
    }
    return settings;
}

}  // namespace testing
