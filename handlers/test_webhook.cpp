#include "fcgi/http/problem.hpp"
#include "handlers/changed_webhook.hpp"
#include "handlers/webhook_operations.hpp"
#include "sql/event_json.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response test_webhook(const Call& call) {
    const db::Id id = call.ids[0];
    call.if_uncertain = do_again;
    const auto event = db::test_webhook(call.database, call.caller.owner, id);
    if (!event) return http::not_found();
    call.services.nudge.send();
    return about_webhook(id, db::event_to_json(*event));
}

}  // namespace handlers
