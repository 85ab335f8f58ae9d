// Validates the values that an operator types. Each function returns the value in its stored form, or throws
// a UsageError that names the option and says what is expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/event_type_set.hpp"
#include "common/model/permissions.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"

namespace admin {

class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kNameCodePoints = 255;
inline constexpr std::size_t kEmailBytes = 254;  // RFC 5321, 4.5.3.1.3: a path of 256, less "<" and ">"
inline constexpr std::size_t kUrlBytes = 2048;
inline constexpr unsigned kMostDays = 36'500;

// UTF-8, 1 to 255 code points after Unicode's white space is trimmed, no control characters. Used for reasons
// as well.
[[nodiscard]] std::string valid_name(std::string_view option, std::string_view text);

// One "@" with text on both sides; no white space, no control characters. Whether the address exists is not
// checked.
[[nodiscard]] std::string valid_email(std::string_view option, std::string_view text);

// An http or https URL (common/security/webhook_url.hpp). Targets may be on any network, so every host is valid.
[[nodiscard]] std::string valid_target_url(std::string_view option, std::string_view text);

// A webhook's URL (common/security/webhook_url.hpp) that deliveries may go to.
[[nodiscard]] std::string valid_webhook_url(std::string_view option, std::string_view text,
                                            const security::Destinations& destinations);
// A webhook's name: UTF-8, at most 255 code points; may be empty.
[[nodiscard]] std::string valid_webhook_name(std::string_view option, std::string_view text);

// "yes" or "no".
[[nodiscard]] bool valid_flag(std::string_view option, std::string_view text);

// Event types, separated by commas, or "all", which is the empty set.
[[nodiscard]] model::EventTypeSet valid_event_types(std::string_view option, std::string_view text);

[[nodiscard]] model::Id valid_id(std::string_view option, std::string_view text);

// The same for one or more, separated by commas. The result is sorted and has each id once.
[[nodiscard]] std::vector<model::Id> valid_ids(std::string_view option, std::string_view text);

// A decimal number.
[[nodiscard]] std::uint64_t valid_number(std::string_view option, std::string_view text, std::uint64_t least,
                                         std::uint64_t most);

// One of these texts.
[[nodiscard]] std::string valid_choice(std::string_view option, std::string_view text,
                                       std::span<const std::string_view> choices);

// A type of events: any of them, or one that may be published (common/model/event_types.hpp).
[[nodiscard]] std::string valid_event_type(std::string_view option, std::string_view text);
[[nodiscard]] std::string valid_published_type(std::string_view option, std::string_view text);

// The content of an event: a JSON object within the limits of common/model/event_types.hpp, in its stored
// form.
[[nodiscard]] std::string valid_content(std::string_view option, std::string_view text);

// The name of a delivery's status.
[[nodiscard]] model::DeliveryStatus valid_status(std::string_view option, std::string_view text);

// Names of rights, separated by commas: "read,publish".
[[nodiscard]] std::vector<model::Right> valid_rights(std::string_view option, std::string_view text);

// A time of RFC 3339, such as "2027-01-31T00:00:00Z".
[[nodiscard]] model::Time valid_time(std::string_view option, std::string_view text);
// The same, of any year, as one end of a period.
[[nodiscard]] model::Time valid_bound(std::string_view option, std::string_view text);

// Such a time at most a day ahead.
[[nodiscard]] model::Time valid_occurred_at(std::string_view option, std::string_view text);

// The time that is this number of days (1 to 36500) after now.
[[nodiscard]] model::Time valid_days(std::string_view option, std::string_view text,
                                     std::chrono::system_clock::time_point now);

}  // namespace admin
