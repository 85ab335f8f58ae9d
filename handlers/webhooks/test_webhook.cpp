// POST webhooks/{id}/test/: schedules the webhook's greeting once more.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response test_webhook(const Call& call) {
    const model::Id id = call.ids[0];
    const auto event = db::test_webhook(call.database, call.caller.owner, id);
    if (!event) return http::not_found();
    call.services.wakeup.send();
    return about_webhook(id, model::event_to_json(*event));
}

}  // namespace handlers
