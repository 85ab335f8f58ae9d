// POST webhooks/{id}/recover/: schedules a webhook's failed deliveries anew.
#include <memory>
#include <string>
#include <utility>

#include "fcgi/http/problem.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/steering_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/recovery.hpp"

namespace handlers {
namespace {

http::Response recovered(model::Id webhook, const db::Recovery& recovery) {
    const std::string scheduled = std::to_string(recovery.scheduled());
    http::Response response = about_webhook(
        webhook, "{\"scheduled\":" + scheduled + (recovery.has_more() ? ",\"more\":true}" : "}"));
    response.log.emplace_back("scheduled", scheduled);
    return response;
}

http::Response recover(const Call& call, db::Recovery& recovery) {
    const auto now = db::Recovery::Clock::now();
    // The rest of the time is for the last batch.
    const bool is_found =
        recovery.run(call.database, call.caller.owner, call.ids[0], now + (call.deadline - now) / 2);
    if (recovery.scheduled() > 0) call.services.wakeup.send();
    return is_found ? recovered(call.ids[0], recovery) : http::not_found();
}

}  // namespace

Operation recover_webhook(const http::Request& request, const Services& /*services*/) {
    auto period = read_recovery_period(request);
    if (!period) return refuse_for_webhook(std::move(period.error()));
    const auto recovery = std::make_shared<db::Recovery>(period.value().since, period.value().until);
    return {.run = [recovery](const Call& call) { return recover(call, *recovery); }, .confirm = do_again};
}

}  // namespace handlers
