#include "handlers/webhooks/create_webhook.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/model/event_json.hpp"
#include "common/model/id.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/credentials.hpp"
#include "sql/webhooks/access.hpp"

namespace handlers {
namespace {

struct Answer {
    const WebhookOrError& webhook;

    http::Response operator()(const db::Unauthorised&) const { return http::unauthorised(); }
    http::Response operator()(const db::Forbidden&) const { return http::forbidden(); }
    http::Response operator()(const db::NoSuchTarget&) const { return http::not_found(); }
    http::Response operator()(const db::Throttled&) const { return http::throttled(); }
    http::Response operator()(const db::TooManyWebhooks& refusal) const {
        return http::bad_request("No more than " + std::to_string(refusal.limit) +
                                 " webhooks are allowed here.");
    }
    http::Response operator()(const db::Allowed&) const { return webhook.error(); }

    http::Response operator()(const model::Event& event) const {
        http::Response response{.status = 200, .body = model::event_to_json(event)};
        response.log = {{"webhook", model::to_base58(event.deliveries.at(0).webhook_id)}};
        return response;
    }

    http::Response operator()(const db::Unavailable& unavailable) const {
        if (unavailable.outcome_uncertain) throw db::CommitUncertain(db::Error(0, unavailable.reason));
        throw db::Error(0, unavailable.reason);
    }
};

}  // namespace

http::Response answer(const db::RegistrationOutcome& outcome, const WebhookOrError& webhook) {
    return std::visit(Answer{webhook}, outcome);
}

http::Response create_webhook(const Services& services, const RoutedRequest& routed,
                              std::optional<model::Identity>& by) {
    const auto key = read_credentials(routed.request);
    if (!key) return http::unauthorised();
    const WebhookOrError webhook = read_new_webhook(routed.request, services.destinations);
    db::Registration registration{.key = *key, .scope = routed.scope, .webhook = std::nullopt};
    if (webhook) registration.webhook = webhook.value();
    return answer(services.registrar.submit(std::move(registration), &by), webhook);
}

}  // namespace handlers
