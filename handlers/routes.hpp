// Every operation of the service and the path it is served under.
#pragma once

#include "fcgi/http/router.hpp"
#include "sql/registrar.hpp"

namespace handlers {

// The registrar must outlive the router.
[[nodiscard]] http::Router make_router(db::Registrar& registrar);

}  // namespace handlers
