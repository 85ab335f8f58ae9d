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

http::Response change(const Call& call, const model::WebhookChange& change) {
    Precondition precondition(call.request);
    const auto changed =
        db::change_webhook(call.database, call.caller, call.ids[0], change, std::ref(precondition));
    if (!changed) return precondition.unchanged();
    call.services.wakeup.send();
    return changed_webhook(*changed);
}

// Returns the webhook if it has all the fields of the change.
std::optional<http::Response> confirm_change(const Call& call, const model::WebhookChange& change) {
    const auto found = db::find_webhook(call.database, call.caller.owner, call.ids[0]);
    if (!found || model::changed(found->fields, change) != found->fields) return std::nullopt;
    if (change.enabled.value_or(found->enabled) != found->enabled) return std::nullopt;
    return changed_webhook(*found);
}

}  // namespace

Operation change_by(ChangeOrError wanted) {
    if (!wanted) return refuse_for_webhook(std::move(wanted.error()));
    const auto shared = std::make_shared<const model::WebhookChange>(std::move(wanted.value()));
    return {.run = [shared](const Call& call) { return change(call, *shared); },
            .confirm = [shared](const Call& call) { return confirm_change(call, *shared); }};
}

Operation refuse_for_webhook(http::Response error) {
    const auto run = [error = std::move(error)](const Call& call) {
        return db::webhook_read(call.read, Call::kFirstColumn) ? error : http::not_found();
    };
    return {.run = run, .read = read_webhook};
}

db::JoinedRead read_webhook(const db::Scope& /*scope*/, std::span<const model::Id> ids) {
    return db::read_webhook(ids[0]);
}

std::string webhook_tag(const model::Webhook& webhook) {
    model::Webhook as_set = webhook;
    as_set.failing_since.reset();
    return entity_tag_of(model::webhook_to_json(as_set), webhook.failing_since.value_or(""));
}

http::Response changed_webhook(const model::Webhook& webhook) {
    http::Response response = tagged_object(model::webhook_to_json(webhook), webhook_tag(webhook));
    response.log = {{"webhook", model::to_base58(webhook.id)}};
    return response;
}

bool Precondition::operator()(const model::Webhook& found) {
    holds_ = may_change(request_, webhook_tag(found));
    return holds_;
}

http::Response Precondition::unchanged() const {
    return holds_ ? http::not_found() : http::precondition_failed();
}

}  // namespace handlers
