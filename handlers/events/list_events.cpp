// GET events/: a page of events, filtered by the query.
#include <utility>
#include <vector>

#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/events/event_filter.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/page.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_list.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {

namespace {

std::vector<PageObject> objects_of(const std::vector<model::Event>& events) {
    std::vector<PageObject> objects;
    objects.reserve(events.size());
    for (const model::Event& event : events) {
        objects.push_back({event.id, model::event_to_json(event), event.webhooks_count.value_or(0)});
    }
    return objects;
}

}  // namespace

Operation list_events(const http::Request& request, const Services& /*services*/) {
    const auto query = http::decode_query(request);
    if (!query) return refuse_by(http::bad_request(query.error()));
    http::FieldErrors errors;
    const db::EventFilter filter = parse_event_filter(query.value(), errors);
    const PageRequest asked = parse_page_request(query.value(), Order::kTime, errors);
    if (!errors.empty()) return refuse_by(http::bad_fields(errors));

    const bool is_counted = !filter.status && !filter.since && !filter.until;
    const auto run = [filter, asked, is_counted](const Call& call) {
        db::Connection& database = call.database;
        const model::Owner& owner = call.caller.owner;
        std::vector<model::Event> found;  // if they were read with their positions
        const auto find = [&](const db::ListSlice& slice) {
            if (filter.status || !db::is_short(slice)) return db::find_events(database, owner, filter, slice);
            db::EventPart part = db::read_event_part(database, owner, filter, slice);
            found = std::move(part.events);
            return std::move(part.part);
        };
        const auto read = [&](std::span<const model::Id> ids) {
            return objects_of(found.empty() ? db::read_events(database, ids) : found);
        };
        return answer_page(
            call.request, asked,
            {.count = [&] { return is_counted ? counted(call) : db::count_events(database, owner, filter); },
             .find = find,
             .read = read,
             .takes_count_of_part = !is_counted});
    };
    const auto read = [filter, is_counted](const db::Scope& scope, std::span<const model::Id>) {
        return is_counted ? db::read_event_count(scope.target_id.has_value(), filter.event_type)
                          : db::JoinedRead{};
    };
    return {.run = run, .read = read};
}

}  // namespace handlers
