#include "handlers/events/event_fields.hpp"

#include "common/base/json.hpp"
#include "common/model/event_types.hpp"
#include "fcgi/http/json_body.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {
namespace {

using http::Value;

Validated<std::string> validate_published_type(const Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    if (!model::is_published_event_type(text.value())) return Messages{not_a_choice(text.value())};
    return std::string(text.value());
}

Validated<std::string> validate_content(const Value& value) {
    switch (value.kind) {
        case Value::Kind::kNull:
            return Messages{kNull};
        case Value::Kind::kFile:
            return Messages{kNoString};
        case Value::Kind::kObject:
        case Value::Kind::kFormText:
        case Value::Kind::kJsonFile:
            break;
        default:
            return Messages{http::not_an_object(value)};
    }
    auto content = model::read_content(value.text);
    if (!content) return Messages{std::move(content.error())};
    return std::move(content.value().json);
}

Validated<std::string> validate_occurred_at(const Value& value) {
    auto time = validate_time(value);
    if (!time) return time;
    if (auto fault = model::error_of_occurred_at(time.value())) return Messages{std::move(*fault)};
    return time;
}

// Validates a required field.
void take_required(std::string_view name, const Value* value,
                   Validated<std::string> (*validate)(const Value&), std::string& into,
                   http::FieldErrors& errors) {
    if (value == nullptr) errors.emplace_back(name, Messages{kRequired});
    take_field(name, value, validate, into, errors);
}

}  // namespace

base::Result<db::PublishedEvent, http::FieldErrors> parse_published_event(const http::Form& form) {
    db::PublishedEvent event;
    http::FieldErrors errors;
    take_required("event_type", find_given(form, "event_type"), validate_published_type, event.event_type,
                  errors);
    take_required("content", find_given(form, "content"), validate_content, event.content, errors);
    take_field("occurred_at", find_given(form, "occurred_at"), validate_occurred_at, event.occurred_at,
               errors);
    if (!errors.empty()) return errors;
    return event;
}

std::vector<std::string> values_of(const db::PublishedEvent& event) {
    constexpr auto kOrder = base::MemberOrder::kByName;
    const auto content = base::parse_object(event.content, {}, kOrder);
    return {event.event_type, base::format_object(content.value(), kOrder), event.occurred_at.value_or("")};
}

}  // namespace handlers
