// Sharded counters of the webhooks and events of an owner, for the counts that lists show. Each transaction
// that adds or removes rows updates them. COUNT(*) over a million rows would take a thousand times as long as
// the page itself.
//
// A count is the sum of a few rows, its shards. A connection always adds to the same shard, so transactions
// of different connections rarely wait for each other, and only within one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// The counters besides event types: the webhooks of an owner, and all webhooks of an account, including those
// of its targets. A change of the first changes the second as well.
inline constexpr std::string_view kWebhookCounter = "webhook";
inline constexpr std::string_view kAllWebhooksCounter = "all_webhooks";

// The shard of an account's kAllWebhooksCounter that transactions lock to count exactly. Its value stays 0.
inline constexpr std::uint64_t kLockShard = 8;

struct CounterChange {
    // Webhooks count for the target if there is one, otherwise for the account; events count for both.
    model::Owner owner;
    std::string_view what;  // kWebhookCounter, or an event type; REQUIRES: outlives the change
    std::int64_t change = 1;
};

// Applies the changes. REQUIRES: a transaction is open, and this is its last statement before the commit,
// because other transactions write the same rows. The rows are locked in the order of their key. Throws
// Error.
void change_counters(Connection& connection, const std::vector<CounterChange>& changes);

// The statement of change_counters. REQUIRES: changes is not empty.
[[nodiscard]] std::string change_counters_statement(const std::vector<CounterChange>& changes);

// Throw Error.
[[nodiscard]] std::uint64_t count_webhooks(Connection& connection, const model::Owner& owner);
[[nodiscard]] std::uint64_t count_all_webhooks(Connection& connection, model::Id account);
[[nodiscard]] std::uint64_t count_events(Connection& connection, const model::Owner& owner,
                                         const std::optional<std::string>& event_type);

}  // namespace db
