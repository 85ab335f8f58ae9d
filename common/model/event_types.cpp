#include "common/model/event_types.hpp"

#include <algorithm>
#include <utility>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "common/model/timestamp.hpp"

namespace model {
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

base::Result<Content, std::string> read_content(std::string_view text) {
    if (!base::find_invalid_utf8(text)) text = base::trim_white_space(text);
    if (text.size() > kMaxGivenContentBytes) return too_large(kMaxGivenContentBytes);
    const auto object = base::parse_object(text, {.max_depth = kMaxContentLevels});
    if (!object) return object.error();
    std::string json = base::format_object(object.value());
    if (json.size() > kMaxContentBytes) return too_large(kMaxContentBytes);
    return Content{std::move(json)};
}

std::optional<std::string> error_of_occurred_at(const Time& occurred_at,
                                                std::chrono::system_clock::time_point now) {
    constexpr std::chrono::days kMost{1};
    if (occurred_at <= format_time(now + kMost)) return std::nullopt;
    return "Ensure this time is at most a day ahead.";
}

}  // namespace model
