// PUT webhooks/{id}/: replaces all fields of a webhook.
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"

namespace handlers {

Operation put_webhook(const http::Request& request, const Services& services) {
    return change_by(read_webhook_replacement(request, services.destinations));
}

}  // namespace handlers
