// POST .../webhooks/: stores a webhook of a target or of the account, and schedules its greeting.
#include "common/model/event_json.hpp"
#include "common/model/id.hpp"
#include "handlers/pending_write.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"

namespace handlers {
namespace {

// REQUIRES: the event's one delivery is that of the new webhook.
http::Response registered(const model::Event& event) {
    http::Response response{.status = 200, .body = model::event_to_json(event)};
    response.log = {{"webhook", model::to_base58(event.deliveries.at(0).webhook_id)}};
    return response;
}

}  // namespace

void create_webhook(const Services& services, RoutedRequest& routed) {
    const auto read = [&](const http::Request& request) {
        return read_new_webhook(request, services.destinations);
    };
    const WriteOperation operation{"register", "webhook", registered};
    submit_write(services, routed, &db::Registration::webhook, operation, read, values_of);
}

}  // namespace handlers
