#include "handlers/webhook_body.hpp"

#include <utility>

#include "fcgi/http/problem.hpp"
#include "handlers/bad_body.hpp"
#include "handlers/webhook_fields.hpp"

namespace handlers {
namespace {

template <class Fields>
using Parse = http::Result<Fields, http::FieldErrors> (*)(const http::Form& form,
                                                          const delivery::Destinations& destinations);

template <class Fields>
http::Result<Fields, http::Response> read(const http::Request& request,
                                          const delivery::Destinations& destinations, Parse<Fields> parse) {
    const auto form = http::decode_body(request, kWebhookFields);
    if (!form) return bad_body(form.error());
    auto fields = parse(form.value(), destinations);
    if (!fields) return bad_fields(request, std::move(fields.error()));
    return std::move(fields.value());
}

}  // namespace

WebhookOrRefusal read_new_webhook(const http::Request& request, const delivery::Destinations& destinations) {
    return read(request, destinations, parse_new_webhook);
}

ChangeOrRefusal read_webhook_change(const http::Request& request,
                                    const delivery::Destinations& destinations) {
    return read(request, destinations, parse_webhook_change);
}

}  // namespace handlers
