#include "handlers/api_options.hpp"

#include "common/base/wakeup_sender.hpp"
#include "common/security/destination_config.hpp"

namespace handlers {

ApiOptions ApiOptions::from(base::Config& config) {
    auto database = db::ConnectionSettings::from(config, "api_", "targethooks_api");
    ApiOptions options{.database = std::move(database), .secrets = security::SecretCipher::from(config)};
    options.threads = config.number("api_threads", 1, 1024, options.threads);
    options.writers = config.number("api_writers", 1, 32, options.writers);
    options.connections = config.number("api_connections", 1, 256, options.connections);
    options.store_timeout = std::chrono::milliseconds(config.number(
        "api_store_timeout_ms", 100, 60'000, static_cast<std::uint64_t>(options.store_timeout.count())));
    options.database.io_timeout = std::chrono::ceil<std::chrono::seconds>(options.store_timeout);
    options.destinations = security::read_destinations(config);
    options.limits = db::AccountLimits::from(config);
    options.wakeup_socket = base::WakeupSender::socket_from(config);
    options.log = base::LogSettings::from(config, "api_");
    config.finish();
    return options;
}

}  // namespace handlers
