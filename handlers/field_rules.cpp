#include "handlers/field_rules.hpp"

#include <optional>

#include "common/base/utf8.hpp"
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

Validated<std::string_view> validate_string(const Value& value) {
    if (value.kind == Value::Kind::kNull) return Messages{kNull};
    if (value.kind != Value::Kind::kFormText && value.kind != Value::Kind::kString)
        return Messages{kNoString};
    return base::trim_white_space(value.text);
}

Validated<std::string> validate_time(const Value& value) {
    return validate_time_by(model::parse_time, value);
}

Validated<std::string> validate_bound(const Value& value) {
    return validate_time_by(model::parse_bound, value);
}

const Value* find_given(const http::Form& form, std::string_view name) {
    const Value* const value = form.find(name);
    const bool is_left_open =
        value != nullptr && value->kind == Value::Kind::kFormText && value->text.empty();
    return is_left_open ? nullptr : value;
}

}  // namespace handlers
