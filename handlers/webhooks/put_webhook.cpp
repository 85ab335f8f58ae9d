#include <functional>

#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response put_webhook(const Call& call) {
    const model::Id id = call.ids[0];
    if (!db::find_webhook(call.database, call.caller.owner, id)) return http::not_found();
    const auto webhook = read_new_webhook(call.request, call.services.destinations);
    if (!webhook) return webhook.error();
    const model::WebhookChange change = model::replacement(webhook.value());
    call.if_uncertain = find_change(call.caller.owner, id, change);
    Precondition precondition(call.request);
    const auto changed = db::change_webhook(call.database, call.caller, id, change, std::ref(precondition));
    if (!changed) return precondition.unchanged();
    call.services.nudge.send();
    return changed_webhook(*changed);
}

}  // namespace handlers
