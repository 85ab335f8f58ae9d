// targethooks-deliver: sends every due delivery to its webhook's URL. One process; several, on several hosts,
// share the work through the database.

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include "delivery/dispatcher.hpp"
#include "delivery/housekeeper.hpp"
#include "delivery/options.hpp"
#include "delivery/outbox_drainer.hpp"
#include "fcgi/log.hpp"
#include "sql/command_line.hpp"
#include "sql/schema.hpp"

namespace {

using fcgi::Log;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

constexpr const char* kHelp =
    "Usage: targethooks-deliver [--config FILE]\n"
    "\n"
    "Sends the events of targethooks to the webhooks that are registered for them.\n"
    "\n"
    "  --config FILE  the configuration; default: $TARGETHOOKS_CONFIG or\n"
    "                 /etc/targethooks/targethooks.conf\n"
    "  --help         this text\n"
    "  --version      the version\n"
    "\n"
    "SIGTERM or SIGINT: send nothing more, finish the requests in flight, give back the rest and exit.\n"
    "SIGHUP: reopen the log file.\n";

sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

// Thousands of requests in flight need as many descriptors.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Until SIGUSR1, which the main thread sends to itself once the dispatcher has ended by itself.
void handle_signals(const sigset_t& signals, const delivery::Dispatcher& dispatcher, const Log& log) {
    for (int signal = 0;;) {
        if (sigwait(&signals, &signal) != 0) continue;
        if (signal == SIGUSR1) return;
        if (signal == SIGHUP) {
            log.reopen();
            log.write(Log::Level::kInfo, "log_reopened", {});
        } else {
            dispatcher.stop();
        }
    }
}

int deliver(const delivery::Options& options, const Log& log, const sigset_t& signals) {
    {
        db::Connection connection(options.dispatcher.database);
        db::require_current_schema(connection);
    }
    raise_descriptor_limit();
    delivery::Dispatcher dispatcher(options.dispatcher, options.secrets, log);
    const delivery::Housekeeper housekeeper(options.housekeeper, log);
    const delivery::OutboxDrainer outbox(
        options.dispatcher.database, options.dispatcher.poll_interval, [&dispatcher] { dispatcher.nudge(); },
        log);
    std::thread signal_thread([&] { handle_signals(signals, dispatcher, log); });
    log.write(Log::Level::kInfo, "started",
              {{"version", TARGETHOOKS_VERSION}, {"name", options.dispatcher.worker_name}});
    const bool in_good_order = dispatcher.run();
    pthread_kill(signal_thread.native_handle(), SIGUSR1);
    signal_thread.join();
    log.write(Log::Level::kInfo, "stopped", {});
    return in_good_order ? 0 : kFailed;
}

int run(const db::CommandLine& line) {
    auto config = db::Config::load(line.config_path, line.config_must_exist, environ);
    const auto options = delivery::Options::from(config);
    const Log log(options.log_file, options.log_level, options.log_format);
    try {
        return deliver(options, log, block_signals());
    } catch (const std::exception& exception) {
        // A supervisor may have closed standard error, so the log file is told as well.
        if (!options.log_file.empty()) {
            log.write(Log::Level::kError, "start_failed", {{"reason", exception.what()}});
        }
        throw;
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto line = db::CommandLine::parse("targethooks-deliver", argc, argv);
        if (line.show_help) return std::cout << kHelp, 0;
        if (line.show_version) return std::cout << "targethooks-deliver " TARGETHOOKS_VERSION "\n", 0;
        return run(line);
    } catch (const std::invalid_argument& error) {
        std::cerr << "targethooks-deliver: " << error.what() << '\n';
        return kWrongUsage;
    } catch (const std::exception& error) {
        std::cerr << "targethooks-deliver: " << error.what() << '\n';
        return kFailed;
    }
}
