// POST events/{id}/webhooks/{webhook_id}/retry/: schedules a delivery again.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/events/event_operations.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

namespace {

http::Response retry(const Call& call) {
    if (call.read.is_null(0, Call::kFirstColumn)) return http::not_found();
    const model::Id event_id = call.ids[0];
    const model::Id webhook_id = call.ids[1];
    const model::Owner& owner = call.caller.owner;
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

}  // namespace

// Other accounts' webhooks are not locked, because the event is looked up first.
Operation retry_delivery(const http::Request& /*request*/, const Services& /*services*/) {
    const auto read = [](const db::Scope&, std::span<const model::Id> ids) {
        return db::read_event_id(ids[0]);
    };
    return {.run = retry, .confirm = do_again, .read = read};
}

}  // namespace handlers
