#include "sql/event_rules.hpp"

#include <algorithm>
#include <utility>

#include "fcgi/http/json_body.hpp"
#include "fcgi/http/text.hpp"
#include "sql/time_text.hpp"

namespace db {
namespace {

std::string too_large(std::size_t limit) {
    return "Ensure this field has no more than " + std::to_string(limit) + " bytes.";
}

}  // namespace

bool is_event_type(std::string_view text) {
    return std::ranges::find(kEventTypes, text) != kEventTypes.end();
}

bool is_published_event_type(std::string_view text) {
    return std::ranges::find(kPublishedEventTypes, text) != kPublishedEventTypes.end();
}

http::Result<Content, std::string> read_content(std::string_view text) {
    if (!http::find_invalid_utf8(text)) text = http::trim_white_space(text);
    if (text.size() > kMaxGivenContentBytes) return too_large(kMaxGivenContentBytes);
    const auto object = http::decode_json(text, {.max_depth = kMaxContentLevels});
    if (!object) return object.error();
    std::string json = http::spell_object(object.value());
    if (json.size() > kMaxContentBytes) return too_large(kMaxContentBytes);
    return Content{std::move(json)};
}

std::optional<std::string> fault_of_occurred_at(const Time& occurred_at,
                                                std::chrono::system_clock::time_point now) {
    constexpr std::chrono::days kMost{1};
    if (occurred_at <= format_time(now + kMost)) return std::nullopt;
    return "Ensure this time is at most a day ahead.";
}

}  // namespace db
