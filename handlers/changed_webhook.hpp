// The answers to what changes a webhook. Their log lines say which one it was.
#pragma once

#include <string>
#include <utility>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/operation.hpp"
#include "sql/records.hpp"

namespace handlers {

// A 200 with this body.
[[nodiscard]] inline http::Response about_webhook(db::Id webhook, std::string json) {
    http::Response response{.status = 200, .body = std::move(json)};
    response.log = {{"webhook", db::to_base58(webhook)}};
    return response;
}

// A 200 with the webhook as it is now, and its entity tag.
[[nodiscard]] http::Response changed_webhook(const db::Webhook& webhook);

// For a change whose commit may or may not have happened: the webhook, if it has all that was asked for.
[[nodiscard]] FindOutcome find_change(const db::Owner& owner, db::Id webhook,
                                      const db::WebhookChange& change);

// What a request to change a webhook makes a condition of (entity_tag.hpp). The store asks while nobody else
// can change the webhook, so of two requests that name the same entity tag one is done.
class Precondition {
  public:
    explicit Precondition(const http::Request& request) : request_(request) {}

    [[nodiscard]] bool operator()(const db::Webhook& found);

    // The answer where the store found nothing to change: a 412 if it was for the condition, a 404 otherwise.
    [[nodiscard]] http::Response unchanged() const;

  private:
    const http::Request& request_;
    bool holds_ = true;
};

}  // namespace handlers
