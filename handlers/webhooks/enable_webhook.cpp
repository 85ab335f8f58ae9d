// POST webhooks/{id}/enable/: enables a webhook again.
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response enable_webhook(const Call& call) {
    const model::Id id = call.ids[0];
    const auto webhook = db::enable_webhook(call.database, call.caller, id);
    if (!webhook) return http::not_found();
    call.services.wakeup.send();
    return changed_webhook(*webhook);
}

}  // namespace handlers
