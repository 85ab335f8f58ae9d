#include "fcgi/http/problem.hpp"
#include "handlers/changed_webhook.hpp"
#include "handlers/webhook_body.hpp"
#include "handlers/webhook_json.hpp"
#include "handlers/webhook_operations.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response patch_webhook(const Call& call) {
    const db::Id id = call.ids[0];
    if (!db::find_webhook(call.database, call.caller.owner, id)) return http::not_found();
    const auto change = read_webhook_change(call.request, call.services.destinations);
    if (!change) return change.error();
    const auto changed = db::change_webhook(call.database, call.caller, id, change.value());
    if (!changed) return http::not_found();  // deleted since
    return changed_webhook(id, webhook_to_json(*changed));
}

}  // namespace handlers
