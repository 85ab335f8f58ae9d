#include <functional>
#include <optional>

#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {

http::Response delete_webhook(const Call& call) {
    const model::Id id = call.ids[0];
    http::Response deleted = about_webhook(id, "");
    deleted.status = 204;
    call.if_uncertain = [owner = call.caller.owner, id, deleted](db::Connection& other) {
        return db::find_webhook(other, owner, id) ? std::nullopt : std::optional(deleted);
    };
    Precondition precondition(call.request);
    if (!db::remove_webhook(call.database, call.caller.owner, id, std::ref(precondition))) {
        return precondition.unchanged();
    }
    return deleted;
}

}  // namespace handlers
