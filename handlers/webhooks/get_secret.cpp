#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

std::string secret_to_json(std::string_view secret) {
    // Base64 and a prefix: nothing in it is to be escaped.
    return "{\"secret\":\"" + security::format_secret(secret) + "\"}";
}

http::Response get_secret(const Call& call) {
    const auto secret = db::webhook_secret(call.database, call.services.secrets, call.caller.owner,
                                           call.ids[0], actor_of(call));
    if (!secret) return http::not_found();
    return {.status = 200, .body = secret_to_json(*secret)};
}

}  // namespace handlers
