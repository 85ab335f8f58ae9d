#include <functional>

#include "handlers/changed_webhook.hpp"
#include "handlers/webhook_operations.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response delete_webhook(const Call& call) {
    const db::Id id = call.ids[0];
    Precondition precondition(call.request);
    if (!db::remove_webhook(call.database, call.caller.owner, id, std::ref(precondition))) {
        return precondition.unchanged();
    }
    http::Response response = about_webhook(id, "");
    response.status = 204;
    return response;
}

}  // namespace handlers
