// GET events/{id}/: one event, with its entity tag.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/single_object.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

Operation get_event(const http::Request& /*request*/, const Services& /*services*/) {
    const auto run = [](const Call& call) {
        const auto event = db::event_read(call.database, call.read, Call::kFirstColumn);
        if (!event) return http::not_found();
        return single_object(call.request, model::event_to_json(*event));
    };
    const auto read = [](const db::Scope&, std::span<const model::Id> ids) { return db::read_event(ids[0]); };
    return {.run = run, .read = read};
}

}  // namespace handlers
