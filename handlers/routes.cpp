#include "handlers/routes.hpp"

#include "handlers/create_webhook.hpp"

namespace handlers {

http::Router make_router(db::Registrar& registrar) {
    // One line an operation: method, path, handler.
    const auto with_store = [&registrar](auto handler) {
        return [handler, &registrar](const http::Request& request, const http::PathParameters& path) {
            return handler(request, path, registrar);
        };
    };
    return http::Router({
        {"POST", "/targets/{target_id}/webhooks/", with_store(create_webhook)},
    });
}

}  // namespace handlers
