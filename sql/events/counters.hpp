// How many webhooks and events an owner has: the count that lists show, kept by whoever adds or removes rows,
// in the same transaction. COUNT(*) over a million rows would take a thousand times as long as the page
// itself.
//
// A total is the sum of a few rows, its shards. A connection always adds to the same shard, so transactions of
// different connections rarely wait for each other, and only within one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// What is counted, beside events by their type: an owner's webhooks, and all of an account's, those of its
// targets included, which change with them.
inline constexpr std::string_view kWebhookCounter = "webhook";
inline constexpr std::string_view kAllWebhooksCounter = "all_webhooks";

// Of an account's kAllWebhooksCounter: a shard to be locked by whoever must count exactly. Nothing is added to
// it.
inline constexpr std::uint64_t kLockShard = 8;

struct CounterChange {
    // Webhooks count for the target if there is one, else for the account; events for both.
    model::Owner owner;
    std::string_view what;  // kWebhookCounter, or an event type; REQUIRES: outlives the change
    std::int64_t change = 1;
};

// REQUIRES: a transaction is open, and this is its last statement before the commit: its rows are the only
// ones that neighbours' transactions write as well, and they are locked in the order of their key. Throws
// Error.
void change_counters(Connection& connection, const std::vector<CounterChange>& changes);

// Its statement. REQUIRES: there is a change.
[[nodiscard]] std::string change_counters_statement(const std::vector<CounterChange>& changes);

// Throw Error.
[[nodiscard]] std::uint64_t count_webhooks(Connection& connection, const model::Owner& owner);
[[nodiscard]] std::uint64_t count_all_webhooks(Connection& connection, model::Id account);
[[nodiscard]] std::uint64_t count_events(Connection& connection, const model::Owner& owner,
                                         const std::optional<std::string>& event_type);

}  // namespace db
