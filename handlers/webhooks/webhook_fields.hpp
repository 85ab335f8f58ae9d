// Validates the fields of a webhook, by the same rules for every encoding and operation. The rules themselves
// are at take_fields in webhook_fields.cpp.
//
// Characters are Unicode code points, counted after trimming. Every field is validated, and a field gets a
// message for each rule that it breaks. Unknown fields are ignored. When a webhook is registered or replaced,
// absent fields get their defaults. When it is changed, absent fields keep their values, and no field is
// required.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {

inline constexpr std::size_t kMaxUrlCharacters = 2048;
inline constexpr std::size_t kMaxNameCharacters = 255;
inline constexpr std::size_t kMostWrongItems = 10;  // of a list, that messages name

// Accepts a boolean, or a text or number that stands for one.
[[nodiscard]] Validated<bool> validate_boolean(const http::Value& value);

// The fields of a change or replacement.
inline constexpr auto kChangeFields = [] {
    std::array<std::string_view, model::kWebhookFields.size() + 1> names;
    *std::ranges::copy(model::kWebhookFields, names.begin()).out = "enabled";
    return names;
}();

// Errors are in the order of kChangeFields. destinations: the rule for the webhook's URL.
[[nodiscard]] base::Result<model::WebhookFields, http::FieldErrors> parse_new_webhook(
    const http::Form& form, const security::Destinations& destinations);
[[nodiscard]] base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_replacement(
    const http::Form& form, const security::Destinations& destinations);
[[nodiscard]] base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_change(
    const http::Form& form, const security::Destinations& destinations);

}  // namespace handlers
