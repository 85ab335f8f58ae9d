// What the mains of the daemons share: command line and configuration, the log, the signals, and the report
// of a failed start.
#pragma once

#include <signal.h>

#include <functional>
#include <string>
#include <string_view>

#include "common/base/config.hpp"
#include "common/base/log.hpp"

namespace base {

// --config FILE, --help, --version. Without --config, the environment's TARGETHOOKS_CONFIG names the
// configuration file. Without both it is the default file, which may be missing.
struct CommandLine {
    std::string config_path;
    bool config_must_exist = false;
    bool show_help = false;
    bool show_version = false;

    // program: its name, for messages. Throws std::invalid_argument.
    static CommandLine parse(std::string_view program, int argc, const char* const* argv);
};

struct LogSettings {
    std::string path{};                       // <prefix>log_file: empty is standard error
    Log::Level least = Log::Level::kInfo;     // log_level
    Log::Format format = Log::Format::kText;  // log_format

    // prefix: of the daemon's own keys, such as "api_". Throws ConfigError.
    static LogSettings from(Config& config, std::string_view prefix);
};

// Passwords, keys and secrets are in this process's memory. After this call no other process of the user can
// read it (PR_SET_DUMPABLE), and it is not written to core files.
void keep_memory_private();

// Blocks the daemons' signals in this thread and in the threads that it starts.
[[nodiscard]] sigset_t block_signals();

// Waits for SIGTERM, SIGINT or SIGUSR1 and returns it. SIGHUP reopens the log meanwhile. REQUIRES: blocked is
// from block_signals().
int wait_for_signal(const sigset_t& blocked, const Log& log);

// Calls run() with the configuration that the command line names, or shows the help or the version. Returns
// the exit code. What run() throws is reported on standard error.
int run_daemon(std::string_view name, std::string_view help, int argc, const char* const* argv,
               const std::function<int(Config&)>& run);

// Calls run() with the log. What run() throws is logged, too, since a supervisor may have closed standard
// error.
int run_with_log(const LogSettings& settings, const std::function<int(const Log&)>& run);

}  // namespace base
