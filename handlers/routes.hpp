// The table of the service's operations and their paths.
#pragma once

#include "fcgi/http/router.hpp"
#include "handlers/operation.hpp"

namespace handlers {

// The objects that services refers to must outlive the router.
[[nodiscard]] http::Router make_router(const Services& services);

}  // namespace handlers
