// The rules for the fields of a webhook, one judgement for every encoding of the request and for every
// operation that takes them:
//
//   url          required, a string, https, at most kMaxUrlCharacters (webhook_url.hpp)
//   name         a string of at most kMaxNameCharacters, ""
//   check_cert   a boolean, or a text or number that stands for one, true
//   api_version  one of v1, v1
//
// Characters are Unicode code points, counted after trimming. Every field is judged, and a field that breaks
// several rules gets a message for each. Unknown fields are ignored. Where a webhook is registered or
// replaced, fields that are absent take their defaults; where one is changed, they stay, and none is
// required.
#pragma once

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

inline constexpr std::array<std::string_view, 4> kWebhookFields{"url", "name", "check_cert", "api_version"};

inline constexpr std::size_t kMaxUrlCharacters = 2048;
inline constexpr std::size_t kMaxNameCharacters = 255;

// A boolean, or a text or number that stands for one.
[[nodiscard]] Judged<bool> judge_boolean(const http::Value& value);

// Errors stand in the order of kWebhookFields. destinations: where a webhook's URL may lead.
[[nodiscard]] base::Result<model::NewWebhook, http::FieldErrors> parse_new_webhook(
    const http::Form& form, const security::Destinations& destinations);
[[nodiscard]] base::Result<model::WebhookChange, http::FieldErrors> parse_webhook_change(
    const http::Form& form, const security::Destinations& destinations);

}  // namespace handlers
