// The configuration keys about destinations, which registration and delivery share:
//
//   destination_allow   non-public networks that deliveries may go to; default: none
//   destination_ports   the only ports that deliveries may go to; default: every port, since receivers choose
//                       their ports and deliveries use nothing but TLS
//
// allow_list.hpp has the grammar of both keys.
#pragma once

#include "common/base/config.hpp"
#include "common/security/destination.hpp"

namespace security {

// Throws base::ConfigError.
[[nodiscard]] Destinations read_destinations(base::Config& config);

}  // namespace security
