// POST events/: records a published event and its deliveries.
#include <string>
#include <utility>
#include <vector>

#include "common/model/event_json.hpp"
#include "common/model/id.hpp"
#include "fcgi/http/body.hpp"
#include "handlers/bad_body.hpp"
#include "handlers/events/event_fields.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/pending_write.hpp"

namespace handlers {
namespace {

base::Result<db::PublishedEvent, http::Response> read_event(const http::Request& request) {
    const auto form = http::decode_body(request, kEventFields);
    if (!form) return bad_body(form.error());
    auto event = parse_published_event(form.value());
    if (!event) return bad_fields(request, std::move(event.error()));
    return std::move(event.value());
}

http::Response published(const model::Event& event) {
    http::Response response{.status = 200, .body = model::event_to_json(event)};
    response.log = {{"event", model::to_base58(event.id)},
                    {"deliveries", std::to_string(event.webhooks_count.value())}};
    return response;
}

}  // namespace

void publish_event(const Services& services, RoutedRequest& routed) {
    const WriteOperation operation{"publish", "event", published};
    submit_write(services, routed, &db::Publication::event, operation, read_event, values_of);
}

}  // namespace handlers
