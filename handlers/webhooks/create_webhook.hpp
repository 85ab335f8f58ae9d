// POST .../webhooks/: stores a webhook of a target or of the account, and schedules its greeting.
//
// Errors are reported in the order 401, 403, 404, 415, 400. The body is decoded and validated first, because
// the store checks key and target in the transaction that stores the webhook. But only clients that may
// register a webhook see the errors of the body.
#pragma once

#include <optional>

#include "common/model/records.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/operation.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "sql/webhooks/registrar.hpp"

namespace handlers {

// Serves a line of the route table. The path has no ids except the target's.
[[nodiscard]] http::Response create_webhook(const Services& services, const RoutedRequest& routed,
                                            std::optional<model::Identity>& by);

// The response to the outcome of the store. Public for tests. Throws db::Error if the database is unavailable
// or too slow. REQUIRES: if the outcome is Allowed, webhook is an error; if it is an Event, its one delivery
// is that of the new webhook.
[[nodiscard]] http::Response answer(const db::RegistrationOutcome& outcome, const WebhookOrError& webhook);

}  // namespace handlers
