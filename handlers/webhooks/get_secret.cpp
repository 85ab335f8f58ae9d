// GET webhooks/{id}/secret/: the webhook's secret.
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_secrets.hpp"

namespace handlers {

std::string secret_to_json(std::string_view secret) {
    // The text is Base64 with a prefix, so nothing needs an escape.
    return "{\"secret\":\"" + security::format_secret(secret) + "\"}";
}

http::Response get_secret(const Call& call) {
    const auto secret = db::webhook_secret(call.database, call.services.secrets, call.caller.owner,
                                           call.ids[0], actor_of(call));
    if (!secret) return http::not_found();
    return {.status = 200, .body = secret_to_json(*secret)};
}

}  // namespace handlers
