#include "handlers/delivery_filter.hpp"

#include <algorithm>

#include "handlers/field_rules.hpp"

namespace handlers {
namespace {

using model::DeliveryStatus;

Validated<DeliveryStatus> validate_status(const http::Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    const auto name = std::ranges::find(model::kStatusNames, text.value());
    if (name == model::kStatusNames.end()) return Messages{not_a_choice(text.value())};
    return static_cast<DeliveryStatus>(name - model::kStatusNames.begin());
}

}  // namespace

db::DeliveryFilter parse_delivery_filter(const http::Form& query, http::FieldErrors& errors) {
    db::DeliveryFilter filter;
    take_field("status", find_given(query, "status"), validate_status, filter.status, errors);
    take_field("since", find_given(query, "since"), validate_bound, filter.since, errors);
    take_field("until", find_given(query, "until"), validate_bound, filter.until, errors);
    return filter;
}

}  // namespace handlers
