#include "sql/event_rules.hpp"

#include <algorithm>

#include "fcgi/http/json_body.hpp"

namespace db {

bool is_event_type(std::string_view text) {
    return std::ranges::find(kEventTypes, text) != kEventTypes.end();
}

bool is_published_event_type(std::string_view text) {
    return std::ranges::find(kPublishedEventTypes, text) != kPublishedEventTypes.end();
}

std::optional<std::string> fault_of_content(std::string_view text) {
    if (text.size() > kMaxContentBytes) {
        return "Ensure this field has no more than " + std::to_string(kMaxContentBytes) + " bytes.";
    }
    const auto object = http::decode_json(text);
    if (!object) return object.error();
    return std::nullopt;
}

}  // namespace db
