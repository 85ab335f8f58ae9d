#include "handlers/webhooks/changed_webhook.hpp"

#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/single_object.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response changed_webhook(const model::Webhook& webhook) {
    http::Response response = tagged_object(model::webhook_to_json(webhook));
    response.log = {{"webhook", model::to_base58(webhook.id)}};
    return response;
}

FindOutcome find_change(const model::Owner& owner, model::Id webhook, const model::WebhookChange& change) {
    return [owner, webhook, change](db::Connection& other) -> std::optional<http::Response> {
        const auto found = db::find_webhook(other, owner, webhook);
        if (!found || model::changed(found->fields, change) != found->fields) return std::nullopt;
        return changed_webhook(*found);
    };
}

bool Precondition::operator()(const model::Webhook& found) {
    holds_ = may_change(request_, model::webhook_to_json(found));
    return holds_;
}

http::Response Precondition::unchanged() const {
    return holds_ ? http::not_found() : http::precondition_failed();
}

}  // namespace handlers
