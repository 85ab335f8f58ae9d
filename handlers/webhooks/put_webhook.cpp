// PUT webhooks/{id}/: replaces all fields of a webhook.
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_body.hpp"
#include "handlers/webhooks/webhook_operations.hpp"

namespace handlers {

Operation put_webhook(const http::Request& request, const Services& services) {
    const WebhookOrError webhook = read_new_webhook(request, services.destinations);
    if (!webhook) return change_by(webhook.error());
    return change_by(model::replacement(webhook.value()));
}

}  // namespace handlers
