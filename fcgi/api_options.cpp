#include "fcgi/api_options.hpp"

#include "delivery/destination_config.hpp"
#include "sql/nudge.hpp"

namespace fcgi {

ApiOptions ApiOptions::from(db::Config& config) {
    auto database = db::ConnectionSettings::from(config, "api_", "targethooks_api");
    ApiOptions options{.database = std::move(database), .secrets = db::SecretBox::from(config)};
    options.threads = config.number("api_threads", 1, 1024, options.threads);
    options.writers = config.number("api_writers", 1, 32, options.writers);
    options.connections = config.number("api_connections", 1, 256, options.connections);
    options.store_timeout =
        std::chrono::milliseconds(config.number("api_store_timeout_ms", 100, 60'000, 1800));
    options.database.io_timeout = std::chrono::ceil<std::chrono::seconds>(options.store_timeout);
    options.destinations = delivery::read_destinations(config);
    options.limits = db::AccountLimits::from(config);
    options.nudge_socket = db::Nudge::socket_from(config);
    options.log = db::LogSettings::from(config, "api_");
    config.finish({"admin_", "deliver_"});
    return options;
}

}  // namespace fcgi
