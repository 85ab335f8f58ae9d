// PUT webhooks/{id}/headers/: replaces what the webhook's requests carry beside the standard headers.
#include <utility>

#include "fcgi/http/problem.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/single_object.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/headers_json.hpp"
#include "handlers/webhooks/steering_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_headers.hpp"

namespace handlers {
namespace {

http::Response replace(const Call& call, const model::WebhookHeaders& headers) {
    const model::Id id = call.ids[0];
    bool may_replace = true;
    const auto condition = [&](const model::WebhookHeaders& found) {
        return may_replace = may_change(call.request, entity_tag_of(headers_to_json(found)));
    };
    const auto replaced = db::replace_webhook_headers(call.database, call.services.secrets, call.caller.owner,
                                                      id, actor_of(call), headers, condition);
    if (!replaced) return may_replace ? http::not_found() : http::precondition_failed();
    call.services.wakeup.send();
    http::Response response = tagged_object(headers_to_json(*replaced));
    response.log = {{"webhook", model::to_base58(id)}};
    return response;
}

}  // namespace

Operation put_headers(const http::Request& request, const Services& /*services*/) {
    auto headers = read_headers(request);
    if (!headers) return refuse_for_webhook(std::move(headers.error()));
    const auto run = [headers = std::move(headers.value())](const Call& call) {
        return replace(call, headers);
    };
    return {.run = run, .confirm = do_again};
}

}  // namespace handlers
