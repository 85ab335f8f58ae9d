// Reads the configuration of targethooks-deliver. The defaults are beside the members of the structs.
#pragma once

#include "common/base/config.hpp"
#include "common/base/service_main.hpp"
#include "common/security/secret_cipher.hpp"
#include "delivery/dispatch/dispatcher.hpp"
#include "delivery/housekeeper.hpp"
#include "delivery/mailer.hpp"

namespace delivery {

// clang-tidy overlooks that Options has no default constructor, because SecretCipher has none.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
struct Options {
    DispatcherSettings dispatcher;
    HousekeeperSettings housekeeper;
    MailerSettings mailer;
    security::SecretCipher secrets;
    base::LogSettings log{};  // deliver_log_file, log_level, log_format

    // Throws base::ConfigError.
    static Options from(base::Config& config);
};

}  // namespace delivery
