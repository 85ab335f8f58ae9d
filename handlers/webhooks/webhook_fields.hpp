// The rules for the fields of a webhook, one validation for every encoding of the request and for every
// operation that takes them. The rules themselves stand in webhook_fields.cpp, take_fields.
//
// Characters are Unicode code points, counted after trimming. Every field is validated, and a field that breaks
// several rules gets a message for each. Unknown fields are ignored. Where a webhook is registered or
// replaced, fields that are absent take their defaults; where one is changed, they stay, and none is
// required.
#pragma once

#include <cstddef>

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {

inline constexpr std::size_t kMaxUrlCharacters = 2048;
inline constexpr std::size_t kMaxNameCharacters = 255;

// A boolean, or a text or number that stands for one.
[[nodiscard]] Validated<bool> validate_boolean(const http::Value& value);

// Errors stand in the order of model::kWebhookFields. destinations: where a webhook's URL may lead.
[[nodiscard]] base::Result<model::WebhookFields, http::FieldErrors> parse_new_webhook(
    const http::Form& form, const security::Destinations& destinations);
[[nodiscard]] base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_change(
    const http::Form& form, const security::Destinations& destinations);

}  // namespace handlers
