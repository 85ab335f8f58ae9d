// The operations on events (operation.hpp), each in a file of its name. Events are read, and deliveries are
// retried, below /targets/{target_id}/ and below /. They are published only below a target. An id that is not
// one of the owner's events is a 404.
#pragma once

#include "handlers/operation.hpp"

namespace handlers {

// GET events/
[[nodiscard]] Operation list_events(const http::Request& request, const Services& services);
// GET events/{id}/
[[nodiscard]] Operation get_event(const http::Request& request, const Services& services);
// GET events/{id}/webhooks/
[[nodiscard]] Operation list_event_deliveries(const http::Request& request, const Services& services);
// GET events/{id}/webhooks/{webhook_id}/attempts/
[[nodiscard]] Operation list_attempts(const http::Request& request, const Services& services);
// POST events/{id}/webhooks/{webhook_id}/retry/
[[nodiscard]] Operation retry_delivery(const http::Request& request, const Services& services);

// POST events/, only below a target
void publish_event(const Services& services, RoutedRequest& routed);

}  // namespace handlers
