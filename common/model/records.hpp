// The objects that the stores take and give.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/model/id.hpp"

namespace model {

// SHA-256 of an API key. The key itself is never stored.
using KeyDigest = base::Digest;

// A time as the database gives it to us and as clients see it: "2026-01-31T16:32:17.238553Z".
using Time = std::string;

// Whose webhooks or events: a target's, or those of an account as a whole.
struct Owner {
    Id account_id = 0;
    std::optional<Id> target_id;
};

// Who asks, and about what.
struct Caller {
    Id user_id = 0;
    Owner owner;
    bool limited = false;  // the key is for some targets only: it may touch nothing of the account's own
    Id key_id = 0;
};

// Whose key a request came with, whatever the key may do.
struct Identity {
    Id key_id = 0;
    Id account_id = 0;
};

// What the owner of a webhook sets of it, with the defaults of what a registration leaves out.
struct WebhookFields {
    std::string url{};
    std::string name{};
    bool check_cert = true;
    std::string api_version = "v1";

    bool operator==(const WebhookFields&) const = default;
};

// What is to be changed of a webhook; what is absent stays.
struct WebhookChange {
    std::optional<std::string> url{};
    std::optional<std::string> name{};
    std::optional<bool> check_cert{};
    std::optional<std::string> api_version{};

    bool operator==(const WebhookChange&) const = default;
};

// Calls visit(name, member, ...) for each field, with the members of all objects, which are WebhookFields and
// WebhookChanges. Requests and the table webhooks use the same names.
template <class Visit, class... Objects>
constexpr void for_each_webhook_field(Visit visit, Objects&... objects) {
    visit("url", objects.url...);
    visit("name", objects.name...);
    visit("check_cert", objects.check_cert...);
    visit("api_version", objects.api_version...);
}

// Their names.
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

// A change to exactly these fields, whatever the webhook has.
[[nodiscard]] inline WebhookChange replacement(const WebhookFields& fields) {
    WebhookChange change;
    for_each_webhook_field([](std::string_view, const auto& field, auto& wanted) { wanted = field; }, fields,
                           change);
    return change;
}

// A user as other objects name one.
struct Person {
    Id id = 0;
    std::string email;
    std::string name;
};

struct Webhook {
    Id id = 0;
    Owner owner;
    WebhookFields fields;
    bool enabled = true;
    std::optional<std::string> disabled_reason;
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
    // How many deliveries it has; nothing where those above are all that is of interest.
    std::optional<std::uint64_t> webhooks_count{};
};

// Which part of a list: the rows behind the first `offset` ones, at most `length`.
struct Slice {
    std::uint64_t offset = 0;
    std::uint64_t length = 10;
};

}  // namespace model
