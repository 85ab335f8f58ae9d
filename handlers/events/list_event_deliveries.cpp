// GET events/{id}/webhooks/: a page of an event's deliveries, those to deleted webhooks as well.
#include <span>
#include <vector>

#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/delivery_json.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/page.hpp"
#include "sql/deliveries/delivery_list.hpp"
#include "sql/events/event_reader.hpp"

namespace handlers {
namespace {

std::vector<PageObject> objects_of(const std::vector<db::ListedDelivery>& deliveries) {
    std::vector<PageObject> objects;
    objects.reserve(deliveries.size());
    for (const db::ListedDelivery& one : deliveries) {
        objects.push_back({one.webhook_id, delivery_to_json(one)});
    }
    return objects;
}

}  // namespace

Operation list_event_deliveries(const http::Request& request, const Services& /*services*/) {
    const auto query = http::decode_query(request);
    if (!query) return refuse_by(http::bad_request(query.error()));
    http::FieldErrors errors;
    const PageRequest asked = parse_page_request(query.value(), Order::kId, errors);
    if (!errors.empty()) return refuse_by(http::bad_fields(errors));

    const auto run = [asked](const Call& call) {
        if (call.read.is_null(0, Call::kFirstColumn)) return http::not_found();
        db::Connection& database = call.database;
        const model::Id event = call.ids[0];
        return answer_page(
            call.request, asked,
            {.count = [&] { return db::count_deliveries_of_event(database, event); },
             .find =
                 [&](const db::ListSlice& slice) {
                     return db::find_deliveries_of_event(database, event, slice);
                 },
             .read =
                 [&](std::span<const model::Id> webhooks) {
                     return objects_of(db::read_deliveries_of_event(database, event, webhooks));
                 },
             .takes_count_of_part = true});
    };
    const auto read = [](const db::Scope&, std::span<const model::Id> ids) {
        return db::read_event_id(ids[0]);
    };
    return {.run = run, .read = read};
}

}  // namespace handlers
