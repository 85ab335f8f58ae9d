// The services of the handlers without a database: requests that would need it are never answered while this
// lives, and with 500 when it ends.
#pragma once

#include <string_view>

#include "handlers/operation.hpp"

struct IdleServices {
    static void ignore(std::string_view /*event*/, std::string_view /*detail*/) {}

    security::SecretCipher secrets{security::SecretCipher::Key{}};
    security::Destinations destinations{};
    base::WakeupSender wakeup{""};
    db::Availability availability{ignore};
    db::WorkerPool workers{{.connection = {}, .threads = 0}, availability};
    db::GroupCommit writes{{.connection = {}, .writers = 0}, secrets, availability, workers, ignore};
    handlers::Services all{writes, workers, secrets, destinations, wakeup};
};
