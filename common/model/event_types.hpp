// The event types, and the rules for events that are published: over the API, by the operator, or through the
// outbox.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/model/records.hpp"

namespace model {

// Each event type is in one of two lists. The service itself records these events about users and targets, in
// the transaction that changes them. Nobody else may publish them.
inline constexpr auto kServiceEventTypes =
    std::to_array<std::string_view>({"user_created", "user_deleted", "target_created", "target_deleted",
                                     "target_verified", "target_verification_failed"});

// Types that may be published.
inline constexpr auto kPublishedEventTypes = std::to_array<std::string_view>(
    {"scan_started", "scan_canceled", "scan_completed", "scan_failed", "finding_detected", "finding_fixed"});

inline constexpr auto kEventTypes = [] {
    std::array<std::string_view, kServiceEventTypes.size() + kPublishedEventTypes.size()> all;
    std::ranges::copy(kPublishedEventTypes, std::ranges::copy(kServiceEventTypes, all.begin()).out);
    return all;
}();

[[nodiscard]] bool is_event_type(std::string_view text);
[[nodiscard]] bool is_published_event_type(std::string_view text);

// The first limit is for content as it is stored, and equals the limit of a request to the API. The second is
// for content as it is given, with white space and escapes.
inline constexpr std::size_t kMaxContentBytes = 64 * 1024;
inline constexpr std::size_t kMaxGivenContentBytes = 4 * kMaxContentBytes;

// Levels of arrays and objects, the outermost counted. A page of events adds three levels, and clients may
// limit JSON to 100 levels as we do.
inline constexpr std::size_t kMaxContentLevels = 97;

// An event's content: a JSON object in canonical form (common/base/json.hpp), as it is stored. read_content
// returns it, or the reason why the text is refused. White space around the object is ignored. The rules are
// those for bodies of requests (fcgi/http/json_body.hpp).
struct Content {
    std::string json;
};
[[nodiscard]] base::Result<Content, std::string> read_content(std::string_view text);

// Returns nullopt, or the error if the time is more than a day ahead. A day is allowed because clocks may be
// wrong.
[[nodiscard]] std::optional<std::string> error_of_occurred_at(
    const Time& occurred_at, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace model
