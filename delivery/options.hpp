// The configuration of targethooks-deliver. The defaults are beside the members, here and in the structs that
// they fill.
#pragma once

#include "common/base/config.hpp"
#include "common/base/service_main.hpp"
#include "common/security/secret_cipher.hpp"
#include "delivery/dispatch/dispatcher.hpp"
#include "delivery/housekeeper.hpp"

namespace delivery {

// clang-tidy overlooks that it has no default constructor, for want of one of SecretCipher.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
struct Options {
    DispatcherSettings dispatcher;
    HousekeeperSettings housekeeper;
    security::SecretCipher secrets;
    base::LogSettings log{};  // deliver_log_file, log_level, log_format

    // Throws base::ConfigError.
    static Options from(base::Config& config);
};

}  // namespace delivery
