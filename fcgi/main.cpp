// targethooks-api: one process of the pool. It serves FastCGI requests on the listening socket that is its
// standard input. This file joins the rooms: the server, the routes and the store.

#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "common/base/log.hpp"
#include "common/base/service_main.hpp"
#include "common/base/wakeup_sender.hpp"
#include "fcgi/exchange.hpp"
#include "fcgi/server.hpp"
#include "handlers/api_options.hpp"
#include "handlers/fault.hpp"
#include "handlers/routes.hpp"
#include "sql/connection/availability.hpp"
#include "sql/connection/schema.hpp"
#include "sql/connection/secret_key_check.hpp"
#include "sql/connection/worker_pool.hpp"
#include "sql/group_commit/group_commit.hpp"

namespace {

using base::Log;

constexpr std::chrono::seconds kStopLimit{20};

constexpr std::string_view kHelp =
    "Usage: targethooks-api [--config FILE]\n"
    "\n"
    "Serves the targethooks API over FastCGI on the listening socket that is its standard input.\n"
    "spawn-fcgi or a systemd socket unit provides the socket:\n"
    "\n"
    "  spawn-fcgi -s /run/targethooks/api.sock -F 1 -- /usr/sbin/targethooks-api\n"
    "\n"
    "  --config FILE  the configuration file; default: $TARGETHOOKS_CONFIG or\n"
    "                 /etc/targethooks/targethooks.conf\n"
    "  --help         show this text\n"
    "  --version      show the version\n"
    "\n"
    "SIGTERM, SIGINT or SIGUSR1: finish the current requests and exit. SIGHUP: reopen the log file.\n";

int serve(const handlers::ApiOptions& options, const Log& log) {
    const sigset_t signals = base::block_signals();
    fcgi::require_listening_socket(STDIN_FILENO);
    fcgi::initialise_fastcgi();
    {
        db::Connection connection(options.database);
        db::require_current_schema(connection);
        db::require_secret_key(connection, options.secrets);
    }
    const auto report = [&log](std::string_view event, std::string_view detail) {
        const Log::Word word{"detail", detail};
        log.write(Log::Level::kWarning, event, std::span(&word, detail.empty() ? 0 : 1));
    };
    const base::WakeupSender wakeup(options.wakeup_socket);
    db::Availability availability(report, options.store_timeout);
    db::WorkerPool workers({.connection = options.database,
                            .threads = options.workers,
                            .longest_queue = options.requests,
                            .longest_line = options.requests / 2},
                           availability);
    db::GroupCommit writes({.connection = options.database,
                            .longest_queue = options.requests,
                            .patience = options.store_timeout,
                            .limits = options.limits,
                            .stored = [&wakeup] { wakeup.send(); }},
                           options.secrets, availability, workers, report);
    const http::Router router =
        handlers::make_router({writes, workers, options.secrets, options.destinations, wakeup});
    fcgi::Server server(
        {.listening_socket = STDIN_FILENO,
         .io_threads = options.io_threads,
         .requests = options.requests,
         .patience = options.store_timeout,
         .expired = handlers::expired},
        [&router](http::Reply reply) { router.dispatch(std::move(reply)); }, log, report);
    log.write(Log::Level::kInfo, "started", {{"version", TARGETHOOKS_VERSION}});

    base::wait_for_signal(signals, log);
    log.write(Log::Level::kInfo, "stopping", {});
    if (!server.stop(kStopLimit)) {
        log.write(Log::Level::kError, "stop_timed_out", {});
        _exit(EXIT_FAILURE);
    }
    log.write(Log::Level::kInfo, "stopped", {});
    return EXIT_SUCCESS;
}

// Returns blocks of this size and more to the system when they are freed. By default the first large response
// raises the limit, and the process keeps the memory of later ones.
void return_large_blocks() {
    constexpr int kBytes = 256 * 1024;
    mallopt(M_MMAP_THRESHOLD, kBytes);
}

int run(base::Config& config) {
    return_large_blocks();
    const auto options = handlers::ApiOptions::from(config);
    return base::run_with_log(options.log, [&options](const Log& log) { return serve(options, log); });
}

}  // namespace

int main(int argc, char** argv) {
    return base::run_daemon("targethooks-api", kHelp, argc, argv, run);
}
