#include "handlers/create_webhook.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "fcgi/http/body.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/access.hpp"
#include "handlers/event_json.hpp"
#include "handlers/webhook_fields.hpp"
#include "sql/id.hpp"

namespace handlers {
namespace {

http::Response refuse(const http::BodyError& error) {
    return error.kind == http::BodyError::Kind::kUnsupportedMediaType
               ? http::unsupported_media_type(error.message)
               : http::bad_request(error.message);
}

struct Answer {
    const WebhookOrRefusal& webhook;

    http::Response operator()(const db::Unauthorised&) const { return http::unauthorised(); }
    http::Response operator()(const db::NoSuchTarget&) const { return http::not_found(); }
    http::Response operator()(const db::Allowed&) const { return webhook.error(); }

    http::Response operator()(const db::Event& event) const {
        http::Response response{.status = 200, .body = event_to_json(event)};
        response.log = {{"webhook", db::to_base58(event.deliveries.at(0).webhook_id)}};
        return response;
    }

    http::Response operator()(const db::Unavailable& unavailable) const {
        http::Response response = http::unexpected_error();
        response.headers.emplace_back("Retry-After", "1");
        response.log = {{"fault", unavailable.reason},
                        {"stored", unavailable.outcome_uncertain ? "perhaps" : "no"}};
        return response;
    }
};

}  // namespace

WebhookOrRefusal read_new_webhook(const http::Request& request) {
    const auto form = http::decode_body(request, kWebhookFields);
    if (!form) return refuse(form.error());
    auto webhook = parse_new_webhook(form.value());
    if (!webhook) return http::bad_fields(webhook.error());
    return std::move(webhook.value());
}

http::Response answer(const db::RegistrationOutcome& outcome, const WebhookOrRefusal& webhook) {
    return std::visit(Answer{webhook}, outcome);
}

http::Response create_webhook(const http::Request& request, const http::PathParameters& path,
                              db::Registrar& registrar) {
    const auto key = read_credentials(request);
    if (!key) return http::unauthorised();
    const WebhookOrRefusal webhook = read_new_webhook(request);
    db::Registration registration{
        .key = *key, .target_id = db::parse_id(path.at(0)), .webhook = std::nullopt};
    if (webhook) registration.webhook = webhook.value();
    return answer(registrar.submit(std::move(registration)), webhook);
}

}  // namespace handlers
