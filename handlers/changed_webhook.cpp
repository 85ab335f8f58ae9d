#include "handlers/changed_webhook.hpp"

#include "fcgi/http/problem.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/single_object.hpp"
#include "handlers/webhook_json.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response changed_webhook(const db::Webhook& webhook) {
    http::Response response = tagged_object(webhook_to_json(webhook));
    response.log = {{"webhook", db::to_base58(webhook.id)}};
    return response;
}

FindOutcome find_change(const db::Owner& owner, db::Id webhook, const db::WebhookChange& change) {
    return [owner, webhook, change](db::Connection& other) -> std::optional<http::Response> {
        const auto found = db::find_webhook(other, owner, webhook);
        if (!found || !db::has_values(*found, change)) return std::nullopt;
        return changed_webhook(*found);
    };
}

bool Precondition::operator()(const db::Webhook& found) {
    holds_ = may_change(request_, webhook_to_json(found));
    return holds_;
}

http::Response Precondition::unchanged() const {
    return holds_ ? http::not_found() : http::precondition_failed();
}

}  // namespace handlers
