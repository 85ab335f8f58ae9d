#include "common/base/service_main.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>

namespace base {
namespace {

constexpr int kWrongUsage = 2;

int fail(int code, std::string_view name, const std::exception& error) {
    std::cerr << name << ": " << error.what() << '\n';
    return code;
}

}  // namespace

CommandLine CommandLine::parse(std::string_view program, int argc, const char* const* argv) {
    CommandLine line;
    line.config_path = kDefaultConfigPath;
    if (const char* path = std::getenv("TARGETHOOKS_CONFIG"); path != nullptr && *path != '\0') {
        line.config_path = path;
        line.config_must_exist = true;
    }
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help") {
            line.show_help = true;
        } else if (argument == "--version") {
            line.show_version = true;
        } else if (argument == "--config" && i + 1 < argc) {
            line.config_path = argv[++i];
            line.config_must_exist = true;
        } else {
            throw std::invalid_argument("unknown or incomplete option " + std::string(argument) + "; see " +
                                        std::string(program) + " --help");
        }
    }
    return line;
}

LogSettings LogSettings::from(Config& config, std::string_view prefix) {
    const auto level = config.choice("log_level", {"info", "warning", "error"}, "info");
    const auto format = config.choice("log_format", {"text", "json"}, "text");
    return {.path = config.text(std::string(prefix) + "log_file", ""),
            .least = level_named(level),
            .format = format == "json" ? Log::Format::kJson : Log::Format::kText};
}

void keep_memory_private() {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        throw std::system_error(errno, std::generic_category(), "can't protect the process's memory");
    }
    // This is a second line of defence. Failure is harmless: a supervisor has set the limit already.
    const rlimit none{};
    (void)setrlimit(RLIMIT_CORE, &none);
}

sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

int wait_for_signal(const sigset_t& blocked, const Log& log) {
    for (int signal = 0;;) {
        if (sigwait(&blocked, &signal) != 0) continue;
        if (signal != SIGHUP) return signal;
        log.reopen();
        log.write(Log::Level::kInfo, "log_reopened", {});
    }
}

int run_daemon(std::string_view name, std::string_view help, int argc, const char* const* argv,
               const std::function<int(Config&)>& run) {
    try {
        keep_memory_private();
        const auto line = CommandLine::parse(name, argc, argv);
        if (line.show_help) return std::cout << help, EXIT_SUCCESS;
        if (line.show_version) return std::cout << name << " " TARGETHOOKS_VERSION "\n", EXIT_SUCCESS;
        auto config = Config::load(line.config_path, line.config_must_exist, environ);
        return run(config);
    } catch (const std::invalid_argument& error) {
        return fail(kWrongUsage, name, error);
    } catch (const std::exception& error) {
        return fail(EXIT_FAILURE, name, error);
    }
}

int run_with_log(const LogSettings& settings, const std::function<int(const Log&)>& run) {
    const Log log(settings.path, settings.least, settings.format);
    try {
        return run(log);
    } catch (const std::exception& error) {
        if (!settings.path.empty()) {
            log.write(Log::Level::kError, "start_failed", {{"reason", error.what()}});
        }
        throw;
    }
}

}  // namespace base
