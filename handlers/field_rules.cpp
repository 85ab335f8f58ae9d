#include "handlers/field_rules.hpp"

#include <optional>

#include "common/base/utf8.hpp"
#include "common/model/timestamp.hpp"

namespace handlers {

using http::Value;

namespace {

Judged<std::string> judge_time_by(std::optional<model::Time> (&parse)(std::string_view), const Value& value) {
    const auto text = judge_string(value);
    if (!text) return text.error();
    auto time = parse(text.value());
    if (!time) return Messages{kNoTime};
    return std::move(*time);
}

}  // namespace

std::string not_a_choice(std::string_view text) {
    return '"' + std::string(text) + "\" is not a valid choice.";
}

Judged<std::string_view> judge_string(const Value& value) {
    if (value.kind == Value::Kind::kNull) return Messages{kNull};
    if (value.kind != Value::Kind::kFormText && value.kind != Value::Kind::kString)
        return Messages{kNoString};
    return base::trim_white_space(value.text);
}

Judged<std::string> judge_time(const Value& value) {
    return judge_time_by(model::parse_time, value);
}

Judged<std::string> judge_bound(const Value& value) {
    return judge_time_by(model::parse_bound, value);
}

const Value* find_given(const http::Form& form, std::string_view name) {
    const Value* const value = form.find(name);
    const bool is_left_open =
        value != nullptr && value->kind == Value::Kind::kFormText && value->text.empty();
    return is_left_open ? nullptr : value;
}

}  // namespace handlers
