#include "handlers/webhooks/webhook_body.hpp"

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
                                          const security::Destinations& destinations, Parse<Fields> parse) {
    const auto form = http::decode_body(request, model::kWebhookFields);
    if (!form) return bad_body(form.error());
    auto fields = parse(form.value(), destinations);
    if (!fields) return bad_fields(request, std::move(fields.error()));
    return std::move(fields.value());
}

}  // namespace

WebhookOrError read_new_webhook(const http::Request& request, const security::Destinations& destinations) {
    return read(request, destinations, parse_new_webhook);
}

ChangeOrError read_webhook_change(const http::Request& request, const security::Destinations& destinations) {
    return read(request, destinations, parse_webhook_change);
}

}  // namespace handlers
