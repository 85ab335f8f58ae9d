// Responses to operations that change a webhook. Their log lines have the webhook's id.
#pragma once

#include <span>
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

// The webhook of the path, for Operation::read.
[[nodiscard]] db::JoinedRead read_webhook(const db::Scope& scope, std::span<const model::Id> ids);

// Its failing_since is a note of the service (entity_tag.hpp).
[[nodiscard]] std::string webhook_tag(const model::Webhook& webhook);

// A 200 with the changed webhook and its entity tag.
[[nodiscard]] http::Response changed_webhook(const model::Webhook& webhook);

// The operation that makes this change. If the body was refused, its response is the error, or a 404 if the
// webhook does not exist.
[[nodiscard]] Operation change_by(ChangeOrError wanted);

// Answers with the error if the webhook exists, else with a 404.
[[nodiscard]] Operation refuse_for_webhook(http::Response error);

// The precondition of a request that changes a webhook (entity_tag.hpp). The store evaluates it while it
// holds the webhook's row lock, so only one of two requests with the same entity tag succeeds.
class Precondition {
  public:
    explicit Precondition(const http::Request& request) : request_(request) {}

    [[nodiscard]] bool operator()(const model::Webhook& found);

    // The response if the store changed nothing: a 412 if the condition failed, otherwise a 404.
    [[nodiscard]] http::Response unchanged() const;

  private:
    const http::Request& request_;
    bool holds_ = true;
};

}  // namespace handlers
