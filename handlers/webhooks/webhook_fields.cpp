#include "handlers/webhooks/webhook_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/ascii.hpp"
#include "common/base/utf8.hpp"
#include "common/security/webhook_url.hpp"
#include "fcgi/http/json_body.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {
namespace {

using http::Value;
constexpr const char* kNoBoolean = "Must be a valid boolean.";
constexpr const char* kNoList = "Expected a list of items.";
constexpr const char* kNoUrl = "Enter a valid URL.";
constexpr const char* kForbiddenAddress = "This address is not allowed.";

bool has_nul(std::string_view text) {
    return text.find('\0') != text.npos;
}

Validated<std::string> validate_url(const Value& value, const security::Destinations& destinations) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    const std::string_view url = text.value();
    if (url.empty()) return Messages{kBlank};

    Messages messages;
    if (base::count_code_points(url) > kMaxUrlCharacters) messages.push_back(too_long(kMaxUrlCharacters));
    const auto result = security::validate_webhook_url(url, destinations);
    if (result == security::UrlValidity::kInvalid) messages.emplace_back(kNoUrl);
    if (result == security::UrlValidity::kForbiddenAddress) messages.emplace_back(kForbiddenAddress);
    if (has_nul(url)) messages.emplace_back(kNulCharacter);
    if (!messages.empty()) return messages;
    return std::string(url);
}

Validated<std::string> validate_name(const Value& value) {
    return validate_text(value, kMaxNameCharacters);
}

Validated<std::string> validate_api_version(const Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    const std::string version(text.value());
    if (version != "v1") return Messages{not_a_choice(version)};
    return version;
}

// The items of a list: of a JSON array, or the values of a form's fields of that name. A form has no empty list, so an
// empty value is no item. REQUIRES: the field is there.
Validated<std::vector<Value>> list_items(const http::Form& form, std::string_view name) {
    const Value& last = *form.find(name);
    if (last.kind == Value::Kind::kNull) return Messages{kNull};
    if (last.kind == Value::Kind::kArray) return http::items_of(last);
    if (!is_of_form(last)) return Messages{kNoList};
    std::vector<Value> items;
    for (const Value* const value : form.find_all(name)) {
        if (!is_left_open(*value)) items.push_back(*value);
    }
    return items;
}

// Names each wrong item once, and at most kMostWrongItems of them.
Validated<model::EventTypeSet> validate_event_types(const http::Form& form, std::string_view name) {
    const auto items = list_items(form, name);
    if (!items) return items.error();
    model::EventTypeSet types;
    Messages messages;
    for (const Value& item : items.value()) {
        const auto text = validate_string(item);
        if (text && types.add(text.value())) continue;
        std::string message = text ? not_a_choice(text.value()) : kNoString;
        if (std::ranges::find(messages, message) != messages.end()) continue;
        messages.push_back(std::move(message));
        if (messages.size() == kMostWrongItems) break;
    }
    if (!messages.empty()) return messages;
    return types;
}

// The value of a JSON number's exponent part ("e-05"), 0 if the part is empty. Returns nullopt if the value
// does not fit in 64 bits.
std::optional<std::int64_t> parse_exponent(std::string_view part) {
    if (part.empty()) return 0;
    part.remove_prefix(1);
    if (part.starts_with('+')) part.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto result = std::from_chars(part.data(), part.data() + part.size(), exponent);
    if (result.ec != std::errc{}) return std::nullopt;
    return exponent;
}

// Whether a number equals 1 (true) or 0 (false), nullopt for other numbers. Compares digits, because as a
// double 1.00000000000000000001 would equal 1. REQUIRES: number is a number of RFC 8259, section 6.
std::optional<bool> read_one_or_zero(std::string_view number) {
    const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
    const std::string_view mantissa = number.substr(0, mantissa_end);
    const std::size_t first = mantissa.find_first_of("123456789");
    if (first == mantissa.npos) return false;
    if (mantissa.starts_with('-') || mantissa[first] != '1') return std::nullopt;
    if (mantissa.find_first_of("123456789", first + 1) != mantissa.npos) return std::nullopt;

    // The exponent that moves the digit at first to just before the point. It is at most as large as the text
    // is long, so an exponent that does not fit in 64 bits is a different one.
    const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
    const auto digit = static_cast<std::int64_t>(first);
    const std::int64_t needed = digit < point ? digit + 1 - point : digit - point;
    if (parse_exponent(number.substr(mantissa_end)) != needed) return std::nullopt;
    return true;
}

std::optional<bool> read_boolean_word(std::string_view word) {
    const auto is_word = [word](std::string_view other) { return base::equals_ignoring_case(word, other); };
    constexpr std::array<std::string_view, 6> kTrue{"true", "t", "yes", "y", "on", "1"};
    constexpr std::array<std::string_view, 6> kFalse{"false", "f", "no", "n", "off", "0"};
    if (std::ranges::any_of(kTrue, is_word)) return true;
    if (std::ranges::any_of(kFalse, is_word)) return false;
    return std::nullopt;
}

// Validates the given fields:
//
//   url          a string, https, at most kMaxUrlCharacters (webhook_url.hpp); required for a new webhook
//   name         a string of at most kMaxNameCharacters
//   check_cert   a boolean, or a text or number that stands for one; so are ordered and enabled
//   api_version  "v1"
//   event_types  a list of event types
model::WebhookChange take_fields(const http::Form& form, const security::Destinations& destinations,
                                 http::FieldErrors& errors) {
    const auto validate_this_url = [&](const Value& value) { return validate_url(value, destinations); };
    model::WebhookChange fields;
    take_field("url", form.find("url"), validate_this_url, fields.url, errors);
    take_field("name", form.find("name"), validate_name, fields.name, errors);
    take_field("check_cert", find_given(form, "check_cert"), validate_boolean, fields.check_cert, errors);
    take_field("api_version", find_given(form, "api_version"), validate_api_version, fields.api_version,
               errors);
    const auto validate_these_types = [&form](const Value& /*last*/) {
        return validate_event_types(form, "event_types");
    };
    take_field("event_types", form.find("event_types"), validate_these_types, fields.event_types, errors);
    take_field("ordered", find_given(form, "ordered"), validate_boolean, fields.ordered, errors);
    return fields;
}

model::WebhookChange take_fields_of_change(const http::Form& form, const security::Destinations& destinations,
                                           http::FieldErrors& errors) {
    model::WebhookChange fields = take_fields(form, destinations, errors);
    take_field("enabled", find_given(form, "enabled"), validate_boolean, fields.enabled, errors);
    return fields;
}

void require_url(const http::Form& form, http::FieldErrors& errors) {
    if (form.find("url") == nullptr) errors.emplace_back("url", Messages{kRequired});
}

}  // namespace

Validated<bool> validate_boolean(const Value& value) {
    std::optional<bool> boolean;
    switch (value.kind) {
        case Value::Kind::kNull:
            return Messages{kNull};
        case Value::Kind::kFile:
        case Value::Kind::kJsonFile:
            return Messages{kNoString};
        case Value::Kind::kBoolean:
            return value.text == "true";
        case Value::Kind::kNumber:
            boolean = read_one_or_zero(value.text);
            break;
        case Value::Kind::kFormText:
        case Value::Kind::kString:
            boolean = read_boolean_word(base::trim_white_space(value.text));
            break;
        case Value::Kind::kArray:
        case Value::Kind::kObject:
            break;
    }
    if (!boolean) return Messages{kNoBoolean};
    return *boolean;
}

base::Result<model::WebhookFields, http::FieldErrors> parse_new_webhook(
    const http::Form& form, const security::Destinations& destinations) {
    http::FieldErrors errors;
    require_url(form, errors);
    const model::WebhookChange fields = take_fields(form, destinations, errors);
    if (!errors.empty()) return errors;
    return model::changed({}, fields);
}

base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_replacement(
    const http::Form& form, const security::Destinations& destinations) {
    http::FieldErrors errors;
    require_url(form, errors);
    const model::WebhookChange fields = take_fields_of_change(form, destinations, errors);
    if (!errors.empty()) return errors;
    model::WebhookChange replacement = model::replacement(model::changed({}, fields));
    replacement.enabled = fields.enabled.value_or(true);
    return replacement;
}

base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_change(
    const http::Form& form, const security::Destinations& destinations) {
    http::FieldErrors errors;
    model::WebhookChange fields = take_fields_of_change(form, destinations, errors);
    if (!errors.empty()) return errors;
    return fields;
}

}  // namespace handlers
