#include "handlers/webhooks/changed_webhook.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/single_object.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

namespace {

http::Response change(const Call& call, const ChangeOrError& change) {
    const model::Id id = call.ids[0];
    if (!db::find_webhook(call.database, call.caller.owner, id)) return http::not_found();
    if (!change) return change.error();
    Precondition precondition(call.request);
    const auto changed =
        db::change_webhook(call.database, call.caller, id, change.value(), std::ref(precondition));
    if (!changed) return precondition.unchanged();
    call.services.wakeup.send();
    return changed_webhook(*changed);
}

// Returns the webhook if it has all the fields of the change.
std::optional<http::Response> confirm_change(const Call& call, const model::WebhookChange& change) {
    const auto found = db::find_webhook(call.database, call.caller.owner, call.ids[0]);
    if (!found || model::changed(found->fields, change) != found->fields) return std::nullopt;
    return changed_webhook(*found);
}

}  // namespace

Operation change_by(ChangeOrError wanted) {
    const auto shared = std::make_shared<const ChangeOrError>(std::move(wanted));
    return {.run = [shared](const Call& call) { return change(call, *shared); },
            .confirm = [shared](const Call& call) { return confirm_change(call, shared->value()); }};
}

http::Response changed_webhook(const model::Webhook& webhook) {
    http::Response response = tagged_object(model::webhook_to_json(webhook));
    response.log = {{"webhook", model::to_base58(webhook.id)}};
    return response;
}

bool Precondition::operator()(const model::Webhook& found) {
    holds_ = may_change(request_, model::webhook_to_json(found));
    return holds_;
}

http::Response Precondition::unchanged() const {
    return holds_ ? http::not_found() : http::precondition_failed();
}

}  // namespace handlers
