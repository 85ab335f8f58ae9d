// The operations on events (operation.hpp), each in a file of its name. Events are read, and deliveries are
// retried, below /targets/{target_id}/ and below /. They are published only below a target. An id that is not
// one of the owner's events is a 404.
#pragma once

#include "handlers/operation.hpp"

namespace handlers {

[[nodiscard]] http::Response list_events(const Call& call);  // GET events/
[[nodiscard]] http::Response get_event(const Call& call);    // GET events/{id}/
[[nodiscard]] http::Response retry_delivery(
    const Call& call);  // POST events/{id}/webhooks/{webhook_id}/retry/

// POST events/, only below a target
[[nodiscard]] Operation publish_event(const http::Request& request, const Services& services);

}  // namespace handlers
