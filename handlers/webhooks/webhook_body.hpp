// Decodes and validates the body of a request with a webhook's fields. The error is a 415 or 400 response.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

// All fields, to register a webhook.
using WebhookOrError = base::Result<model::WebhookFields, http::Response>;
[[nodiscard]] WebhookOrError read_new_webhook(const http::Request& request,
                                              const security::Destinations& destinations);

// The values that make a registration a repeat (idempotency_key.hpp).
[[nodiscard]] std::vector<std::string> values_of(const model::WebhookFields& fields);

using ChangeOrError = base::Result<model::WebhookChange, http::Response>;
// All fields, to replace a webhook: absent ones have their defaults.
[[nodiscard]] ChangeOrError read_webhook_replacement(const http::Request& request,
                                                     const security::Destinations& destinations);
// The given fields only, to change a webhook.
[[nodiscard]] ChangeOrError read_webhook_change(const http::Request& request,
                                                const security::Destinations& destinations);

}  // namespace handlers
