// The objects that the stores read and write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/model/event_type_set.hpp"
#include "common/model/id.hpp"

namespace model {

// SHA-256 of an API key. The key itself is never stored.
using KeyDigest = base::Digest;

// A time in UTC as the database returns it and as clients see it: "2026-01-31T16:32:17.238553Z".
using Time = std::string;

// The owner of webhooks or events: a target, or the account as a whole if there is no target_id.
struct Owner {
    Id account_id = 0;
    std::optional<Id> target_id;
};

// The user who sent a request, and the owner whose webhooks or events it is about.
struct Caller {
    Id user_id = 0;
    Owner owner;
    bool limited = false;  // the key is for some targets only and gives no access to the account as a whole
    Id key_id = 0;
};

// The key of a request and its account, independent of the key's permissions.
struct Identity {
    Id key_id = 0;
    Id account_id = 0;
};

// The fields of a webhook that its owner sets, with their defaults at registration.
struct WebhookFields {
    std::string url{};
    std::string name{};
    bool check_cert = true;
    std::string api_version = "v1";
    EventTypeSet event_types{};  // those that it receives; empty: all
    bool ordered = false;        // one delivery at a time, in the order of the events' ids

    bool operator==(const WebhookFields&) const = default;
};

// A change of a webhook. Absent fields keep their values.
struct WebhookChange {
    std::optional<std::string> url{};
    std::optional<std::string> name{};
    std::optional<bool> check_cert{};
    std::optional<std::string> api_version{};
    std::optional<EventTypeSet> event_types{};
    std::optional<bool> ordered{};
    std::optional<bool> enabled{};  // not one of WebhookFields: it is always true at first

    bool operator==(const WebhookChange&) const = default;
};

// Calls visit(name, member, ...) for each field, with the members of all given objects (WebhookFields or
// WebhookChange). Requests and the table webhooks use the same names.
template <class Visit, class... Objects>
constexpr void for_each_webhook_field(Visit visit, Objects&... objects) {
    visit("url", objects.url...);
    visit("name", objects.name...);
    visit("check_cert", objects.check_cert...);
    visit("api_version", objects.api_version...);
    visit("event_types", objects.event_types...);
    visit("ordered", objects.ordered...);
}

// The names of the fields.
inline constexpr auto kWebhookFields = [] {
    constexpr std::size_t kCount = [] {
        std::size_t count = 0;
        for_each_webhook_field([&count](std::string_view) { ++count; });
        return count;
    }();
    std::array<std::string_view, kCount> names;
    auto next = names.begin();
    for_each_webhook_field([&next](std::string_view name) { *next++ = name; });
    return names;
}();

// The fields as they are after the change.
[[nodiscard]] inline WebhookFields changed(WebhookFields fields, const WebhookChange& change) {
    for_each_webhook_field(
        [](std::string_view, auto& field, const auto& wanted) {
            if (wanted) field = *wanted;
        },
        fields, change);
    return fields;
}

// A change that sets all fields to these values.
[[nodiscard]] inline WebhookChange replacement(const WebhookFields& fields) {
    WebhookChange change;
    for_each_webhook_field([](std::string_view, const auto& field, auto& wanted) { wanted = field; }, fields,
                           change);
    return change;
}

// A user as shown in other objects.
struct Person {
    Id id = 0;
    std::string email;
    std::string name;
};

// The reason of a webhook that a user has disabled without giving one.
inline constexpr const char* kDisabledByUser = "disabled by a user";

struct Webhook {
    Id id = 0;
    Owner owner;
    WebhookFields fields;
    bool enabled = true;
    std::optional<std::string> disabled_reason;
    // The first of the failures in a row that it is in; nullopt while its last outcome was a success.
    std::optional<Time> failing_since{};
    Time created_at;
    Person created_by;
    Time changed_at;  // by a user; created_at until then
    Person changed_by;
};

// The numbers are stored (sql/events/delivery_status.hpp).
enum class DeliveryStatus { kScheduled = 0, kSucceeded = 1, kRescheduled = 2, kFailed = 3 };

// In the order of the values.
inline constexpr std::array<std::string_view, 4> kStatusNames{"scheduled", "succeeded", "rescheduled",
                                                              "failed"};

[[nodiscard]] inline std::string_view name_of(DeliveryStatus status) {
    return kStatusNames.at(static_cast<std::size_t>(status));
}

struct Delivery {
    Id webhook_id = 0;
    std::string api_version;
    DeliveryStatus status = DeliveryStatus::kScheduled;
    std::optional<Time> next_try;
    std::int32_t retries = 0;
};

struct Event {
    Id id = 0;
    std::string event_type;  // "target_created"; the object type is the part before the first "_"
    Time occurred_at;
    std::string content;  // a JSON object
    std::vector<Delivery> deliveries;
    // The number of all deliveries of the event; nullopt where only the list above is needed.
    std::optional<std::uint64_t> webhooks_count{};
};

// A part of a list: at most `length` rows after the first `offset` ones.
struct Slice {
    std::uint64_t offset = 0;
    std::uint64_t length = 10;
};

}  // namespace model
