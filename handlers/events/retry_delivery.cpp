// POST events/{id}/webhooks/{webhook_id}/retry/: schedules a delivery again.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/events/event_operations.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

http::Response retry_delivery(const Call& call) {
    const model::Id event_id = call.ids[0];
    const model::Id webhook_id = call.ids[1];
    const model::Owner& owner = call.caller.owner;
    if (!db::has_event(call.database, owner, event_id)) return http::not_found();
    // An event of a target is delivered to the account's webhooks as well. A limited key has no access to
    // them.
    const auto only_target = call.caller.limited ? owner.target_id : std::nullopt;

    db::Transaction transaction(call.database);
    if (!db::schedule_anew(call.database, event_id, webhook_id, only_target)) return http::not_found();
    const auto event = db::find_event(call.database, owner, event_id);
    if (!event) return http::not_found();
    http::Response response{.status = 200, .body = model::event_to_json(*event)};
    response.log = {{"event", model::to_base58(event_id)}, {"webhook", model::to_base58(webhook_id)}};
    transaction.commit();
    call.services.wakeup.send();
    return response;
}

}  // namespace handlers
