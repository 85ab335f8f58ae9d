// What targethooks-deliver is told by its command line and its configuration. Defaults stand beside the
// members, here and in the structs that they fill.
#pragma once

#include <chrono>
#include <string>

#include "delivery/dispatcher.hpp"
#include "delivery/housekeeper.hpp"
#include "fcgi/log.hpp"
#include "sql/config.hpp"
#include "sql/secret_box.hpp"

namespace delivery {

struct Options {
    DispatcherSettings dispatcher;
    HousekeeperSettings housekeeper;
    db::SecretBox secrets;
    std::string log_file{};  // deliver_log_file: empty is standard error
    fcgi::Log::Level log_level = fcgi::Log::Level::kInfo;
    fcgi::Log::Format log_format = fcgi::Log::Format::kText;

    // Throws db::ConfigError.
    static Options from(db::Config& config);
};

}  // namespace delivery
