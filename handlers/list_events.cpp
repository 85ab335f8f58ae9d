#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/event_choice.hpp"
#include "handlers/event_operations.hpp"
#include "handlers/page.hpp"
#include "sql/event_json.hpp"
#include "sql/event_list.hpp"

namespace handlers {
namespace {

http::Response too_many_deliveries() {
    return http::bad_fields(
        {{"length",
          {"The events of this page have more than " + std::to_string(db::kMostDeliveriesOfPage) +
           " deliveries. Ask for fewer events at once."}}});
}

}  // namespace

http::Response list_events(const Call& call) {
    const auto query = http::decode_query(call.request);
    if (!query) return http::bad_request(query.error());
    http::FieldErrors errors;
    const db::EventChoice choice = parse_event_choice(query.value(), errors);
    const PageNumber number = parse_page_number(query.value(), errors);
    if (!errors.empty()) return http::bad_fields(errors);

    const auto found = db::list_events(call.database, call.caller.owner, choice, number.slice());
    const auto* const page = std::get_if<db::Page<db::Event>>(&found);
    if (page == nullptr) return too_many_deliveries();
    std::vector<std::string> objects;
    objects.reserve(page->objects.size());
    for (const db::Event& event : page->objects) objects.push_back(db::event_to_json(event));
    return page_response(number, page->count, objects);
}

}  // namespace handlers
