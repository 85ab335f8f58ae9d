// GET webhooks/{id}/: one webhook, with its entity tag.
#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/single_object.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

Operation get_webhook(const http::Request& /*request*/, const Services& /*services*/) {
    const auto run = [](const Call& call) {
        const auto webhook = db::webhook_read(call.read, Call::kFirstColumn);
        if (!webhook) return http::not_found();
        return single_object(call.request, model::webhook_to_json(*webhook), webhook_tag(*webhook));
    };
    return {.run = run, .read = read_webhook};
}

}  // namespace handlers
