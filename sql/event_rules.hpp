// What may be recorded as an event by others than the service itself: over the API, by the operator, through
// the outbox.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace db {

inline constexpr std::array<std::string_view, 12> kEventTypes{
    "user_created",   "user_deleted",     "target_created",
    "target_deleted", "target_verified",  "target_verification_failed",
    "scan_started",   "scan_canceled",    "scan_completed",
    "scan_failed",    "finding_detected", "finding_fixed"};

// What happens to users and targets is recorded where it is done, and there alone.
inline constexpr std::array<std::string_view, 6> kPublishedEventTypes{
    "scan_started", "scan_canceled", "scan_completed", "scan_failed", "finding_detected", "finding_fixed"};

[[nodiscard]] bool is_event_type(std::string_view text);
[[nodiscard]] bool is_published_event_type(std::string_view text);

// As much as a request to the API may have in all.
inline constexpr std::size_t kMaxContentBytes = 64 * 1024;

// Why the text can't be an event's content, which is a JSON object of at most 100 levels; nothing if it can.
// It is read as the bodies of requests are (fcgi/http/json_body.hpp).
[[nodiscard]] std::optional<std::string> fault_of_content(std::string_view text);

}  // namespace db
