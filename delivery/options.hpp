// What targethooks-deliver is told by its command line and its configuration. Defaults stand beside the
// members, here and in the structs that they fill.
#pragma once

#include "delivery/dispatcher.hpp"
#include "delivery/housekeeper.hpp"
#include "sql/config.hpp"
#include "sql/daemon.hpp"
#include "sql/secret_box.hpp"

namespace delivery {

// clang-tidy overlooks that it has no default constructor, for want of one of SecretBox.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
struct Options {
    DispatcherSettings dispatcher;
    HousekeeperSettings housekeeper;
    db::SecretBox secrets;
    db::LogSettings log{};  // deliver_log_file, log_level, log_format

    // Throws db::ConfigError.
    static Options from(db::Config& config);
};

}  // namespace delivery
