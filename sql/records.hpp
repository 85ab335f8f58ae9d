// The objects that the stores take and give.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/id.hpp"

namespace db {

// SHA-256 of an API key. The key itself is never stored.
using KeyDigest = std::array<std::uint8_t, 32>;

// A time as the database gives it to us and as clients see it: "2026-01-31T16:32:17.238553Z".
using Time = std::string;

// A registration that has passed every field rule.
struct NewWebhook {
    std::string url;
    std::string name;
    bool check_cert = true;
    std::string api_version = "v1";
};

enum class DeliveryStatus { kScheduled, kSucceeded, kRescheduled, kFailed };

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
};

}  // namespace db
