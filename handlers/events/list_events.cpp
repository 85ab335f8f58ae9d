// GET events/: a page of events, filtered by the query.
#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/events/event_filter.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/page.hpp"
#include "sql/events/event_list.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

http::Response list_events(const Call& call) {
    const auto query = http::decode_query(call.request);
    if (!query) return http::bad_request(query.error());
    http::FieldErrors errors;
    const db::EventFilter filter = parse_event_filter(query.value(), errors);
    const PageRequest asked = parse_page_request(query.value(), Order::kTime, errors);
    if (!errors.empty()) return http::bad_fields(errors);

    db::Connection& database = call.database;
    const model::Owner& owner = call.caller.owner;
    const auto read = [&database](std::span<const model::Id> ids) {
        std::vector<PageObject> objects;
        for (const model::Event& event : db::read_events(database, ids)) {
            objects.push_back({event.id, model::event_to_json(event), event.webhooks_count.value_or(0)});
        }
        return objects;
    };
    return answer_page(
        call.request, asked,
        {.count = [&] { return db::count_events(database, owner, filter); },
         .find = [&](const auto& slice) { return db::find_events(database, owner, filter, slice); },
         .read = read});
}

}  // namespace handlers
