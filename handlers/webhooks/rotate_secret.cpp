// POST webhooks/{id}/secret/rotate/: gives a webhook a new secret.
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response rotate_secret(const Call& call) {
    const model::Id id = call.ids[0];
    const auto secret = db::rotate_webhook_secret(call.database, call.services.secrets, call.caller.owner, id,
                                                  actor_of(call), call.generated.secret);
    if (!secret) return http::not_found();
    return about_webhook(id, secret_to_json(*secret));
}

}  // namespace handlers
