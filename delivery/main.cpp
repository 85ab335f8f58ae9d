// targethooks-deliver: sends every due delivery to its webhook's URL. Several daemons, on one or several
// hosts, share the work through the database.

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>

#include "common/base/log.hpp"
#include "common/base/service_main.hpp"
#include "delivery/dispatch/dispatcher.hpp"
#include "delivery/housekeeper.hpp"
#include "delivery/mailer.hpp"
#include "delivery/options.hpp"
#include "delivery/outbox_drainer.hpp"
#include "sql/connection/schema.hpp"
#include "sql/connection/secret_key_check.hpp"

namespace {

using base::Log;

constexpr std::string_view kHelp =
    "Usage: targethooks-deliver [--config FILE]\n"
    "\n"
    "Sends the events of targethooks to the webhooks that are registered for them.\n"
    "\n"
    "  --config FILE  the configuration file; default: $TARGETHOOKS_CONFIG or\n"
    "                 /etc/targethooks/targethooks.conf\n"
    "  --help         show this text\n"
    "  --version      show the version\n"
    "\n"
    "SIGTERM, SIGINT or SIGUSR1: send nothing more, finish the requests in flight,\n"
    "give back the rest and exit.\n"
    "SIGHUP: reopen the log file.\n";

// Thousands of requests in flight need as many descriptors.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int deliver(const delivery::Options& options, const Log& log) {
    const sigset_t signals = base::block_signals();
    {
        db::Connection connection(options.dispatcher.session.database);
        db::require_current_schema(connection);
        db::require_secret_key(connection, options.secrets);
    }
    raise_descriptor_limit();
    delivery::Dispatcher dispatcher(options.dispatcher, options.secrets, log);
    const delivery::Housekeeper housekeeper(options.housekeeper, log);
    std::optional<delivery::Mailer> mailer;
    if (!options.mailer.from.empty()) mailer.emplace(options.mailer, log);
    const delivery::OutboxDrainer outbox(
        options.dispatcher.session.database, options.dispatcher.poll_interval,
        [&dispatcher] { dispatcher.wake_up(); }, log);
    std::atomic<bool> has_ended = false;
    std::thread signal_thread([&] {
        for (;;) {
            base::wait_for_signal(signals, log);
            if (has_ended) return;
            dispatcher.stop();
        }
    });
    log.write(Log::Level::kInfo, "started",
              {{"version", TARGETHOOKS_VERSION}, {"name", options.dispatcher.session.worker_name}});
    const bool in_good_order = dispatcher.run();
    has_ended = true;
    pthread_kill(signal_thread.native_handle(), SIGUSR1);
    signal_thread.join();
    log.write(Log::Level::kInfo, "stopped", {});
    return in_good_order ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run(base::Config& config) {
    const auto options = delivery::Options::from(config);
    return base::run_with_log(options.log, [&options](const Log& log) { return deliver(options, log); });
}

}  // namespace

int main(int argc, char** argv) {
    return base::run_daemon("targethooks-deliver", kHelp, argc, argv, run);
}
