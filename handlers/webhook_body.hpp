// The body of a request about a webhook's fields: decoded, judged, or the 415 or 400 that says what is wrong.
#pragma once

#include "delivery/destination.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "fcgi/http/result.hpp"
#include "sql/records.hpp"

namespace handlers {

// All fields, for a webhook that is registered or replaced.
using WebhookOrRefusal = http::Result<db::NewWebhook, http::Response>;
[[nodiscard]] WebhookOrRefusal read_new_webhook(const http::Request& request,
                                                const delivery::Destinations& destinations);

// Those that are there, for one that is changed.
using ChangeOrRefusal = http::Result<db::WebhookChange, http::Response>;
[[nodiscard]] ChangeOrRefusal read_webhook_change(const http::Request& request,
                                                  const delivery::Destinations& destinations);

}  // namespace handlers
