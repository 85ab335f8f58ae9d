// POST webhooks/{id}/disable/: lets a webhook receive nothing until it is enabled again.
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/steering_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

Operation disable_webhook(const http::Request& request, const Services& /*services*/) {
    auto reason = read_disabled_reason(request);
    if (!reason) return refuse_for_webhook(std::move(reason.error()));
    const auto disable = [reason = std::move(reason.value())](const Call& call) {
        const auto webhook = db::disable_webhook(call.database, call.caller, call.ids[0], reason);
        return webhook ? changed_webhook(*webhook) : http::not_found();
    };
    return {.run = disable, .confirm = do_again};
}

}  // namespace handlers
