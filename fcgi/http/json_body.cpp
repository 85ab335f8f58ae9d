#include "fcgi/http/json_body.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace http {
namespace {

using JsonKind = base::JsonValue::Kind;

constexpr std::array<std::pair<JsonKind, Value::Kind>, 6> kKinds{{
    {JsonKind::kString, Value::Kind::kString},
    {JsonKind::kNumber, Value::Kind::kNumber},
    {JsonKind::kBoolean, Value::Kind::kBoolean},
    {JsonKind::kNull, Value::Kind::kNull},
    {JsonKind::kArray, Value::Kind::kArray},
    {JsonKind::kObject, Value::Kind::kObject},
}};

Value::Kind form_kind(JsonKind kind) {
    return std::ranges::find(kKinds, kind, &std::pair<JsonKind, Value::Kind>::first)->second;
}

JsonKind json_kind(Value::Kind kind) {
    return std::ranges::find(kKinds, kind, &std::pair<JsonKind, Value::Kind>::second)->first;
}

}  // namespace

base::Result<Form, std::string> decode_json(std::string_view body, const base::JsonLimits& limits) {
    auto object = base::parse_object(body, limits);
    if (!object) return std::move(object.error());
    Form form;
    for (auto& [name, value] : object.value()) {
        form.add(std::move(name), {form_kind(value.kind), std::move(value.text)});
    }
    return form;
}

std::vector<Value> items_of(const Value& array) {
    std::vector<base::JsonValue> parsed = base::items_of({json_kind(array.kind), array.text});
    std::vector<Value> items;
    items.reserve(parsed.size());
    for (base::JsonValue& item : parsed) items.push_back({form_kind(item.kind), std::move(item.text)});
    return items;
}

std::string not_an_object(const Value& value) {
    return base::not_an_object({json_kind(value.kind), value.text});
}

}  // namespace http
