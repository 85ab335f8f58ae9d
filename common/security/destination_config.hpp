// The configuration's keys about destinations, which the program that registers and the one that delivers
// share:
//
//   destination_allow   networks that deliveries may go to though they are not public; default: none
//   destination_ports   the only ports that deliveries may go to; default: every port, since receivers choose
//                       theirs and nothing but TLS is ever spoken to one
//
// allow_list.hpp has the grammar of both.
#pragma once

#include "common/base/config.hpp"
#include "common/security/destination.hpp"

namespace security {

// Throws base::ConfigError.
[[nodiscard]] Destinations read_destinations(base::Config& config);

}  // namespace security
