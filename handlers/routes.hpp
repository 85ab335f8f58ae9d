// Every operation of the service and the path it is served under.
#pragma once

#include "fcgi/http/router.hpp"
#include "handlers/operation.hpp"

namespace handlers {

// What the services refer to must outlive the router.
[[nodiscard]] http::Router make_router(const Services& services);

}  // namespace handlers
