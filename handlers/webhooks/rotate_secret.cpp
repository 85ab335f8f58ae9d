// POST webhooks/{id}/secret/rotate/: gives a webhook a new secret.
#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_secrets.hpp"

namespace handlers {

// The secret is generated once. Every try stores the same, so a client never gets one that is not in use.
Operation rotate_secret(const http::Request& /*request*/, const Services& /*services*/) {
    const auto rotate = [secret = security::generate_secret()](const Call& call) {
        const model::Id id = call.ids[0];
        const auto stored = db::rotate_webhook_secret(call.database, call.services.secrets, call.caller.owner,
                                                      id, actor_of(call), secret);
        return stored ? about_webhook(id, secret_to_json(*stored)) : http::not_found();
    };
    return {rotate, do_again};
}

}  // namespace handlers
