// Code that the daemons' main functions share: command line, configuration, log, signals, and the report of a
// failed start.
#pragma once

#include <signal.h>

#include <functional>
#include <string>
#include <string_view>

#include "common/base/config.hpp"
#include "common/base/log.hpp"

namespace base {

// The options --config FILE, --help and --version. Without --config, the environment's TARGETHOOKS_CONFIG
// names the configuration file. Without both, the default file is read if it exists.
struct CommandLine {
    std::string config_path;
    bool config_must_exist = false;
    bool show_help = false;
    bool show_version = false;

    // program: the program's name for messages. Throws std::invalid_argument.
    static CommandLine parse(std::string_view program, int argc, const char* const* argv);
};

struct LogSettings {
    std::string path{};                       // <prefix>log_file; empty means standard error
    Log::Level least = Log::Level::kInfo;     // log_level
    Log::Format format = Log::Format::kText;  // log_format

    // prefix: the prefix of the daemon's own keys, such as "api_". Throws ConfigError.
    static LogSettings from(Config& config, std::string_view prefix);
};

// Protects the passwords, keys and secrets in this process's memory. After this call no other process of the
// user can read the memory (PR_SET_DUMPABLE), and it is not written to core files.
void keep_memory_private();

// Blocks the daemons' signals in this thread and in the threads that it starts.
[[nodiscard]] sigset_t block_signals();

// Waits for SIGTERM, SIGINT or SIGUSR1 and returns it. Reopens the log at each SIGHUP meanwhile. REQUIRES:
// blocked comes from block_signals().
int wait_for_signal(const sigset_t& blocked, const Log& log);

// Calls run() with the configuration that the command line names, or shows the help or the version. Returns
// the exit code. Reports exceptions of run() on standard error.
int run_daemon(std::string_view name, std::string_view help, int argc, const char* const* argv,
               const std::function<int(Config&)>& run);

// Calls run() with the log. Logs exceptions of run() as well, since a supervisor may have closed standard
// error.
int run_with_log(const LogSettings& settings, const std::function<int(const Log&)>& run);

}  // namespace base
