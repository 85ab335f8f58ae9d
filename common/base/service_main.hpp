// What the mains of the programs share: command line and configuration, the log, the signals, and how a start
// that fails is told.
#pragma once

#include <signal.h>

#include <functional>
#include <string>
#include <string_view>

#include "common/base/config.hpp"
#include "common/base/log.hpp"

namespace base {

// --config FILE, --help, --version. Without --config the environment's TARGETHOOKS_CONFIG names the
// configuration, or it is the usual one, which may be missing.
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

// Passwords, keys and secrets are in this process's memory: no other process of the user may read it (ptrace,
// as PR_SET_DUMPABLE has it), and none of it is written to a core file.
void keep_memory_private();

// Blocks the daemons' signals in this thread and those that it starts.
[[nodiscard]] sigset_t block_signals();

// Waits for one that is blocked, SIGTERM, SIGINT or SIGUSR1; SIGHUP meanwhile reopens the log.
int wait_for_signal(const sigset_t& blocked, const Log& log);

// Obeys the command line: calls run() with the configuration, or shows what was asked for. Returns the exit
// code, which is run()'s, or says on standard error what was thrown.
int run_daemon(std::string_view name, std::string_view help, int argc, const char* const* argv,
               const std::function<int(Config&)>& run);

// Calls run() with the log, which is told as well if it throws: a supervisor may have closed standard error.
int run_with_log(const LogSettings& settings, const std::function<int(const Log&)>& run);

}  // namespace base
