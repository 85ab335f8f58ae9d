// The body of a request about a webhook's fields: decoded, validated, or the 415 or 400 that says what is wrong.
#pragma once

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

// All fields, for a webhook that is registered or replaced.
using WebhookOrError = base::Result<model::WebhookFields, http::Response>;
[[nodiscard]] WebhookOrError read_new_webhook(const http::Request& request,
                                              const security::Destinations& destinations);

// Those that are there, for one that is changed.
using ChangeOrError = base::Result<model::WebhookChange, http::Response>;
[[nodiscard]] ChangeOrError read_webhook_change(const http::Request& request,
                                                const security::Destinations& destinations);

}  // namespace handlers
