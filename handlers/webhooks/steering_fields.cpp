#include "handlers/webhooks/steering_fields.hpp"

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "common/model/records.hpp"
#include "fcgi/http/body.hpp"
#include "fcgi/http/json_body.hpp"
#include "handlers/bad_body.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {
namespace {

using http::Value;
using model::WebhookHeaders;

constexpr std::array<std::string_view, 1> kReason{"reason"};
constexpr std::array<std::string_view, 1> kEventType{"event_type"};
constexpr std::array<std::string_view, 2> kPeriod{"since", "until"};
constexpr std::array<std::string_view, 1> kHeaders{"headers"};

Validated<std::string> validate_reason(const Value& value) {
    auto reason = validate_text(value, kMaxReasonCharacters);
    if (reason && reason.value().empty()) return std::string(model::kDisabledByUser);
    return reason;
}

Validated<WebhookHeaders> validate_headers(const Value& value) {
    switch (value.kind) {
        case Value::Kind::kNull:
            return Messages{kNull};
        case Value::Kind::kFile:
        case Value::Kind::kJsonFile:
            return Messages{kNoString};
        case Value::Kind::kObject:
        case Value::Kind::kFormText:
            return model::read_webhook_headers(value.text);
        default:
            return Messages{http::not_an_object(value)};
    }
}

// Reads the form with parse(form, errors).
template <class Parse>
auto read_by(const http::Request& request, std::span<const std::string_view> fields, const Parse& parse)
    -> base::Result<decltype(parse(http::Form(), std::declval<http::FieldErrors&>())), http::Response> {
    const auto form = http::decode_body(request, fields);
    if (!form) return bad_body(form.error());
    http::FieldErrors errors;
    auto result = parse(form.value(), errors);
    if (!errors.empty()) return bad_fields(request, std::move(errors));
    return result;
}

bool has_no_body(const http::Request& request) {
    return request.body.empty();
}

}  // namespace

base::Result<std::string, http::Response> read_disabled_reason(const http::Request& request) {
    if (has_no_body(request)) return std::string(model::kDisabledByUser);
    return read_by(request, kReason, [](const http::Form& form, http::FieldErrors& errors) {
        std::string reason = model::kDisabledByUser;
        take_field("reason", find_given(form, "reason"), validate_reason, reason, errors);
        return reason;
    });
}

base::Result<std::optional<std::string>, http::Response> read_test_event_type(const http::Request& request) {
    if (has_no_body(request)) return std::optional<std::string>();
    return read_by(request, kEventType, [](const http::Form& form, http::FieldErrors& errors) {
        std::optional<std::string> type;
        take_field("event_type", find_given(form, "event_type"), validate_event_type, type, errors);
        return type;
    });
}

base::Result<RecoveryPeriod, http::Response> read_recovery_period(const http::Request& request) {
    return read_by(request, kPeriod, [](const http::Form& form, http::FieldErrors& errors) {
        RecoveryPeriod period;
        const Value* const since = find_given(form, "since");
        if (since == nullptr) errors.emplace_back("since", Messages{kRequired});
        take_field("since", since, validate_bound, period.since, errors);
        take_field("until", find_given(form, "until"), validate_bound, period.until, errors);
        return period;
    });
}

base::Result<WebhookHeaders, http::Response> read_headers(const http::Request& request) {
    return read_by(request, kHeaders, [](const http::Form& form, http::FieldErrors& errors) {
        WebhookHeaders headers;
        const Value* const given = find_given(form, "headers");
        if (given == nullptr) errors.emplace_back("headers", Messages{kRequired});
        take_field("headers", given, validate_headers, headers, errors);
        return headers;
    });
}

}  // namespace handlers
