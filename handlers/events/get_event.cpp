// GET events/{id}/: one event, with its entity tag.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/single_object.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

http::Response get_event(const Call& call) {
    const auto event = db::find_event(call.database, call.caller.owner, call.ids[0]);
    if (!event) return http::not_found();
    return single_object(call.request, model::event_to_json(*event));
}

}  // namespace handlers
