// What may be recorded as an event by others than the service itself: over the API, by the operator, through
// the outbox.
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

// Each event type stands in one of two lists. What happens to users and targets is recorded where it is done,
// and there alone.
inline constexpr auto kServiceEventTypes =
    std::to_array<std::string_view>({"user_created", "user_deleted", "target_created", "target_deleted",
                                     "target_verified", "target_verification_failed"});

// What others may record.
inline constexpr auto kPublishedEventTypes = std::to_array<std::string_view>(
    {"scan_started", "scan_canceled", "scan_completed", "scan_failed", "finding_detected", "finding_fixed"});

inline constexpr auto kEventTypes = [] {
    std::array<std::string_view, kServiceEventTypes.size() + kPublishedEventTypes.size()> all;
    std::ranges::copy(kPublishedEventTypes, std::ranges::copy(kServiceEventTypes, all.begin()).out);
    return all;
}();

[[nodiscard]] bool is_event_type(std::string_view text);
[[nodiscard]] bool is_published_event_type(std::string_view text);

// As it is stored, which is as much as a request to the API may have in all; and as it is given, with white
// space and escapes.
inline constexpr std::size_t kMaxContentBytes = 64 * 1024;
inline constexpr std::size_t kMaxGivenContentBytes = 4 * kMaxContentBytes;

// Levels of arrays and objects, the outermost counted. A page of events, which clients may limit to 100
// levels as we do, adds three.
inline constexpr std::size_t kMaxContentLevels = 97;

// An event's content, which is a JSON object, in the spelling that it is stored in
// (common/base/json.hpp); or why the text can't be one. White space around it is ignored. It is read
// as the bodies of requests are (fcgi/http/json_body.hpp).
struct Content {
    std::string json;
};
[[nodiscard]] base::Result<Content, std::string> read_content(std::string_view text);

// Why an event can't be said to have occurred then: a clock may be wrong by a day, no more. Nothing if it
// can.
[[nodiscard]] std::optional<std::string> error_of_occurred_at(
    const Time& occurred_at, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace model
