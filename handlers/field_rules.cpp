#include "handlers/field_rules.hpp"

#include <optional>

#include "common/base/utf8.hpp"
#include "common/model/event_types.hpp"
#include "common/model/timestamp.hpp"

namespace handlers {

using http::Value;

namespace {

Validated<std::string> validate_time_by(std::optional<model::Time> (&parse)(std::string_view),
                                        const Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    auto time = parse(text.value());
    if (!time) return Messages{kNoTime};
    return std::move(*time);
}

}  // namespace

std::string not_a_choice(std::string_view text) {
    return '"' + std::string(text) + "\" is not a valid choice.";
}

std::string too_long(std::size_t limit) {
    return "Ensure this field has no more than " + std::to_string(limit) + " characters.";
}

Validated<std::string_view> validate_string(const Value& value) {
    if (value.kind == Value::Kind::kNull) return Messages{kNull};
    if (value.kind != Value::Kind::kFormText && value.kind != Value::Kind::kString)
        return Messages{kNoString};
    return base::trim_white_space(value.text);
}

Validated<std::string> validate_text(const Value& value, std::size_t most_characters) {
    const auto string = validate_string(value);
    if (!string) return string.error();
    const std::string_view text = string.value();
    Messages messages;
    if (base::count_code_points(text) > most_characters) messages.push_back(too_long(most_characters));
    if (text.find('\0') != text.npos) messages.emplace_back(kNulCharacter);
    if (!messages.empty()) return messages;
    return std::string(text);
}

Validated<std::string> validate_event_type(const Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    if (!model::is_event_type(text.value())) return Messages{not_a_choice(text.value())};
    return std::string(text.value());
}

Validated<std::string> validate_time(const Value& value) {
    return validate_time_by(model::parse_time, value);
}

Validated<std::string> validate_bound(const Value& value) {
    return validate_time_by(model::parse_bound, value);
}

bool is_of_form(const Value& value) {
    return value.kind == Value::Kind::kFormText || value.kind == Value::Kind::kFile ||
           value.kind == Value::Kind::kJsonFile;
}

bool is_left_open(const Value& value) {
    return value.kind == Value::Kind::kFormText && value.text.empty();
}

const Value* find_given(const http::Form& form, std::string_view name) {
    const Value* const value = form.find(name);
    return value != nullptr && is_left_open(*value) ? nullptr : value;
}

}  // namespace handlers
