// POST .../webhooks/: stores a webhook of a target's, or of the account's, and schedules its greeting.
//
// Who asks is validated before what they sent: the body is read and validated first, because the store checks key
// and target in the transaction that stores the webhook, but what is wrong with it is told only to those who
// may register one. So the answers come in the order 401, 403, 404, 415, 400.
#pragma once

#include <optional>

#include "common/model/records.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/operation.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "sql/webhooks/registrar.hpp"

namespace handlers {

// A line of the route table; there are no ids.
[[nodiscard]] http::Response create_webhook(const Services& services, const RoutedRequest& routed,
                                            std::optional<model::Identity>& by);

// Its second half, after the store; the first is read_new_webhook. Throws db::Error if the database is away
// or too slow.
// REQUIRES: an outcome of Allowed comes with a refusal, an Event with one delivery, the new webhook's.
[[nodiscard]] http::Response answer(const db::RegistrationOutcome& outcome, const WebhookOrError& webhook);

}  // namespace handlers
