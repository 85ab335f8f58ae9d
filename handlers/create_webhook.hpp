// POST /targets/{target_id}/webhooks/: stores a webhook of the target's and schedules its greeting.
//
// Who asks is judged before what they sent: the body is read and judged first, because the store checks key
// and target in the transaction that stores the webhook, but what is wrong with it is told only to those who
// may register one. So the answers come in the order 401, 404, 415, 400.
#pragma once

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "fcgi/http/result.hpp"
#include "fcgi/http/router.hpp"
#include "sql/records.hpp"
#include "sql/registrar.hpp"

namespace handlers {

// path: the target's id, as sent.
[[nodiscard]] http::Response create_webhook(const http::Request& request, const http::PathParameters& path,
                                            db::Registrar& registrar);

// Its two halves, before and after the store.

// What the request's body asks to store, or the 415 or 400 that says why it can't be.
using WebhookOrRefusal = http::Result<db::NewWebhook, http::Response>;
[[nodiscard]] WebhookOrRefusal read_new_webhook(const http::Request& request);

// REQUIRES: an outcome of Allowed comes with a refusal, an Event with one delivery, the new webhook's.
[[nodiscard]] http::Response answer(const db::RegistrationOutcome& outcome, const WebhookOrRefusal& webhook);

}  // namespace handlers
