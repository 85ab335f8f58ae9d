#include "handlers/event_choice.hpp"

#include <algorithm>
#include <string>

#include "handlers/field_rules.hpp"
#include "sql/event_rules.hpp"

namespace handlers {
namespace {

using db::DeliveryStatus;

Judged<std::string> judge_event_type(const http::Value& value) {
    const auto text = judge_string(value);
    if (!text) return text.error();
    if (!db::is_event_type(text.value())) return Messages{not_a_choice(text.value())};
    return std::string(text.value());
}

Judged<DeliveryStatus> judge_status(const http::Value& value) {
    const auto text = judge_string(value);
    if (!text) return text.error();
    const auto name = std::ranges::find(db::kStatusNames, text.value());
    if (name == db::kStatusNames.end()) return Messages{not_a_choice(text.value())};
    return static_cast<DeliveryStatus>(name - db::kStatusNames.begin());
}

}  // namespace

db::EventChoice parse_event_choice(const http::Form& query, http::FieldErrors& errors) {
    db::EventChoice choice;
    take_field("event_type", find_given(query, "event_type"), judge_event_type, choice.event_type, errors);
    take_field("status", find_given(query, "status"), judge_status, choice.status, errors);
    take_field("since", find_given(query, "since"), judge_bound, choice.since, errors);
    take_field("until", find_given(query, "until"), judge_bound, choice.until, errors);
    return choice;
}

}  // namespace handlers
