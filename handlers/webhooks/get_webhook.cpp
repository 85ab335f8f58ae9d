// GET webhooks/{id}/: one webhook, with its entity tag.
#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/single_object.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response get_webhook(const Call& call) {
    const auto webhook = db::find_webhook(call.database, call.caller.owner, call.ids[0]);
    if (!webhook) return http::not_found();
    return single_object(call.request, model::webhook_to_json(*webhook));
}

}  // namespace handlers
