// The configuration of targethooks-api. The defaults are beside the members.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "common/base/config.hpp"
#include "common/base/service_main.hpp"
#include "common/security/destination.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/webhooks/account_limits.hpp"

namespace handlers {

struct ApiOptions {
    db::ConnectionSettings database;
    security::SecretCipher secrets;  // secret_key
    std::size_t io_threads = 1;      // api_io_threads: receive requests and send responses
    std::size_t requests = 1024;     // api_requests: in hand at once
    std::size_t workers = 8;         // api_workers: threads with a database connection each
    std::chrono::milliseconds store_timeout =
        db::kDefaultPatience;               // api_store_timeout_ms: after this time the response is a 500
    security::Destinations destinations{};  // destination_allow, destination_ports
    db::AccountLimits limits{};             // api_webhooks_of_target and so on
    std::string wakeup_socket{};            // wakeup_socket: the delivery daemon's socket
    base::LogSettings log{};                // api_log_file, log_level, log_format

    // Throws base::ConfigError.
    static ApiOptions from(base::Config& config);
};

}  // namespace handlers
