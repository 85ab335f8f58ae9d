#include "handlers/webhooks/webhook_body.hpp"

#include <span>
#include <string_view>
#include <utility>

#include "fcgi/http/problem.hpp"
#include "handlers/bad_body.hpp"
#include "handlers/webhooks/webhook_fields.hpp"

namespace handlers {
namespace {

template <class Fields>
using Parse = base::Result<Fields, http::FieldErrors> (*)(const http::Form& form,
                                                          const security::Destinations& destinations);

template <class Fields>
base::Result<Fields, http::Response> read(const http::Request& request,
                                          std::span<const std::string_view> known_fields,
                                          const security::Destinations& destinations, Parse<Fields> parse) {
    const auto form = http::decode_body(request, known_fields);
    if (!form) return bad_body(form.error());
    auto fields = parse(form.value(), destinations);
    if (!fields) return bad_fields(request, std::move(fields.error()));
    return std::move(fields.value());
}

std::string to_text(const std::string& value) {
    return value;
}
std::string to_text(const model::EventTypeSet& value) {
    return model::format_event_types(value);
}
std::string to_text(bool value) {
    return value ? "true" : "false";
}

}  // namespace

WebhookOrError read_new_webhook(const http::Request& request, const security::Destinations& destinations) {
    return read(request, model::kWebhookFields, destinations, parse_new_webhook);
}

ChangeOrError read_webhook_replacement(const http::Request& request,
                                       const security::Destinations& destinations) {
    return read(request, kChangeFields, destinations, parse_webhook_replacement);
}

std::vector<std::string> values_of(const model::WebhookFields& fields) {
    std::vector<std::string> values;
    values.reserve(model::kWebhookFields.size());
    model::for_each_webhook_field(
        [&values](std::string_view, const auto& value) { values.push_back(to_text(value)); }, fields);
    return values;
}

ChangeOrError read_webhook_change(const http::Request& request, const security::Destinations& destinations) {
    return read(request, kChangeFields, destinations, parse_webhook_change);
}

}  // namespace handlers
