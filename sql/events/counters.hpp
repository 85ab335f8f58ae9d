// Sharded counters of the webhooks and events of an owner, for the counts that lists show. Each transaction
// that adds or removes rows updates them. COUNT(*) over a million rows would take a thousand times as long as
// the page itself.
//
// A count is the sum of a few rows, its shards. A connection always adds to the same shard, so transactions
// of different connections rarely wait for each other, and only within one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"

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
[[nodiscard]] SqlText change_counters_statement(const std::vector<CounterChange>& changes);

// The numbers of webhooks of several owners, by one statement.
class WebhookCounts {
  public:
    WebhookCounts() = default;
    explicit WebhookCounts(const Rows& rows);  // of the statement

    // For the accounts of the keys and for the targets. REQUIRES: there is a key.
    [[nodiscard]] static SqlText select(const std::vector<model::KeyDigest>& keys,
                                        const std::vector<model::Id>& targets);

    [[nodiscard]] std::uint64_t of_target(model::Id target) const { return find(targets_, target); }
    [[nodiscard]] std::uint64_t of_account(model::Id account) const { return find(accounts_, account); }
    // Including those of its targets.
    [[nodiscard]] std::uint64_t all_of_account(model::Id account) const { return find(all_, account); }

  private:
    using Counts = std::map<model::Id, std::uint64_t>;
    [[nodiscard]] static std::uint64_t find(const Counts& counts, model::Id id) {
        const auto found = counts.find(id);
        return found == counts.end() ? 0 : found->second;
    }

    Counts targets_;
    Counts accounts_;
    Counts all_;
};

// Throw Error.
[[nodiscard]] std::uint64_t count_webhooks(Connection& connection, const model::Owner& owner);
// The webhooks that may get an event of the owner: its own, and for a target those of the account as well.
[[nodiscard]] std::uint64_t count_receivers(Connection& connection, const model::Owner& owner);
[[nodiscard]] std::uint64_t count_events(Connection& connection, const model::Owner& owner,
                                         const std::optional<std::string>& event_type);

// The same counts, one column, for the scope of an access request. of_target: the scope is a target.
[[nodiscard]] JoinedRead read_webhook_count(bool of_target);
[[nodiscard]] JoinedRead read_event_count(bool of_target, const std::optional<std::string>& event_type);

}  // namespace db
