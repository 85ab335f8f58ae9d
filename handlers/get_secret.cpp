#include "fcgi/http/problem.hpp"
#include "handlers/webhook_json.hpp"
#include "handlers/webhook_operations.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response get_secret(const Call& call) {
    call.if_uncertain = do_again;
    const auto secret = db::webhook_secret(call.database, call.services.secrets, call.caller.owner,
                                           call.ids[0], actor_of(call));
    if (!secret) return http::not_found();
    return {.status = 200, .body = secret_to_json(*secret)};
}

}  // namespace handlers
