// DELETE webhooks/{id}/: deletes a webhook.
#include <functional>

#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

namespace {

http::Response deleted(model::Id webhook) {
    http::Response response = about_webhook(webhook, "");
    response.status = 204;
    return response;
}

}  // namespace

http::Response delete_webhook(const Call& call) {
    const model::Id id = call.ids[0];
    Precondition precondition(call.request);
    if (!db::remove_webhook(call.database, call.caller.owner, id, std::ref(precondition))) {
        return precondition.unchanged();
    }
    return deleted(id);
}

std::optional<http::Response> confirm_deletion(const Call& call) {
    const model::Id id = call.ids[0];
    if (db::find_webhook(call.database, call.caller.owner, id)) return std::nullopt;
    return deleted(id);
}

}  // namespace handlers
