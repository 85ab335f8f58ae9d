// The operations on what an API key is for (operation.hpp), each in a file of its name. Any valid key may use them,
// whatever its rights. A key that is limited to some targets sees only these.
#pragma once

#include "handlers/operation.hpp"

namespace handlers {

// GET me/
[[nodiscard]] Operation get_me(const http::Request& request, const Services& services);
// GET targets/ and targets/{target_id}/
[[nodiscard]] Operation list_targets(const http::Request& request, const Services& services);
[[nodiscard]] Operation get_target(const http::Request& request, const Services& services);

}  // namespace handlers
