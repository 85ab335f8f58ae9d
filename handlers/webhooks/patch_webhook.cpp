// PATCH webhooks/{id}/: changes the given fields of a webhook.
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"

namespace handlers {

Operation patch_webhook(const http::Request& request, const Services& services) {
    return change_by(read_webhook_change(request, services.destinations));
}

}  // namespace handlers
