// GET webhooks/{id}/headers/: what the webhook's requests carry beside the standard headers.
#include "fcgi/http/problem.hpp"
#include "handlers/single_object.hpp"
#include "handlers/webhooks/headers_json.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_headers.hpp"

namespace handlers {

http::Response get_headers(const Call& call) {
    const auto headers = db::webhook_headers(call.database, call.services.secrets, call.caller.owner,
                                             call.ids[0], actor_of(call));
    if (!headers) return http::not_found();
    return single_object(call.request, headers_to_json(*headers));
}

}  // namespace handlers
