#include "handlers/api_options.hpp"

#include "common/base/wakeup_sender.hpp"
#include "common/security/destination_config.hpp"

namespace handlers {

ApiOptions ApiOptions::from(base::Config& config) {
    auto database = db::ConnectionSettings::from(config, "api_", "targethooks_api");
    ApiOptions options{.database = std::move(database), .secrets = security::SecretCipher::from(config)};
    options.io_threads = config.number("api_io_threads", 1, 64, options.io_threads);
    options.requests = config.number("api_requests", 16, 65'536, options.requests);
    options.workers = config.number("api_workers", 1, 256, options.workers);
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
