// The answers to what changes a webhook. Their log lines say which one it was.
#pragma once

#include <string>
#include <utility>

#include "common/model/records.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/operation.hpp"
#include "handlers/webhooks/webhook_body.hpp"

namespace handlers {

// A 200 with this body.
[[nodiscard]] inline http::Response about_webhook(model::Id webhook, std::string json) {
    http::Response response{.status = 200, .body = std::move(json)};
    response.log = {{"webhook", model::to_base58(webhook)}};
    return response;
}

// A 200 with the webhook as it is now, and its entity tag.
[[nodiscard]] http::Response changed_webhook(const model::Webhook& webhook);

// The operation that makes this change. If the body was refused, the refusal is its answer, unless there is no
// such webhook.
[[nodiscard]] Operation change_by(ChangeOrError change);

// What a request to change a webhook makes a condition of (entity_tag.hpp). The store asks while nobody else
// can change the webhook, so of two requests that name the same entity tag one is done.
class Precondition {
  public:
    explicit Precondition(const http::Request& request) : request_(request) {}

    [[nodiscard]] bool operator()(const model::Webhook& found);

    // The answer where the store found nothing to change: a 412 if it was for the condition, a 404 otherwise.
    [[nodiscard]] http::Response unchanged() const;

  private:
    const http::Request& request_;
    bool holds_ = true;
};

}  // namespace handlers
