#include "sql/webhooks/account_limits.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "sql/connection/sql_text.hpp"
#include "sql/events/counters.hpp"

namespace db {
namespace {

using Counts = std::map<model::Id, std::uint64_t>;

// Adds to the counts of the keys in this second, and returns the sums. The rows are locked in the order of
// the keys.
Counts add_to_rates(Connection& connection, std::string_view what, const Counts& more) {
    SqlText add("INSERT INTO key_rates (key_id, what, second, n) VALUES ");
    std::vector<model::Id> keys;
    keys.reserve(more.size());
    add.list(", ", more, [&](const auto& one) {
        const auto& [key, n] = one;
        keys.push_back(key);
        add.sql("(").number(key).sql(", '").sql(what).sql("', UNIX_TIMESTAMP(), ").number(n).sql(")");
    });
    // The first assignment still reads the stored second.
    add.sql(R"(
        ON DUPLICATE KEY UPDATE n = IF(second = VALUES(second), n, 0) + VALUES(n), second = VALUES(second))");
    connection.execute_text(add.str());
    enum Column : std::size_t { kKey, kSum };
    SqlText sums("SELECT key_id, n FROM key_rates WHERE what = '");
    const Rows rows = connection.query_text(sums.sql(what).sql("' AND key_id IN ").numbers(keys).str());
    Counts found;
    for (std::size_t row = 0; row < rows.size(); ++row)
        found[rows.number(row, kKey)] = rows.number(row, kSum);
    return found;
}

// Locks the accounts until the transaction ends, in their order, by rows that count nothing.
void lock_accounts(Connection& connection, const std::set<model::Id>& accounts) {
    SqlText statement("INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ");
    statement.list(", ", accounts, [&statement](model::Id account) {
        statement.sql("('account', ").number(account).sql(", ").text(kAllWebhooksCounter);
        statement.sql(", ").number(kLockShard).sql(", 0)");
    });
    connection.execute_text(statement.sql(" ON DUPLICATE KEY UPDATE n = n").str());
}

// Counts the webhooks of owners as registrations of the batch are accepted.
class Room {
  public:
    Room(Connection& connection, const AccountLimits& limits) : connection_(connection), limits_(limits) {}

    // Takes the room for one more webhook. Returns the limit that it would exceed, or nullopt.
    std::optional<LimitError> take(const model::Owner& owner) {
        std::uint64_t* const of_target = owner.target_id ? &count_of_target(owner) : nullptr;
        std::uint64_t& of_account = count_of_account(owner.account_id);
        if (of_target != nullptr && is_full(*of_target, limits_.webhooks_of_target)) {
            return TooManyWebhooks{limits_.webhooks_of_target};
        }
        if (is_full(of_account, limits_.webhooks_of_account)) {
            return TooManyWebhooks{limits_.webhooks_of_account};
        }
        if (of_target != nullptr) ++*of_target;
        ++of_account;
        return std::nullopt;
    }

  private:
    static bool is_full(std::uint64_t count, std::uint64_t limit) { return limit != 0 && count >= limit; }

    std::uint64_t& count_of_target(const model::Owner& owner) {
        const auto [known, is_new] = targets_.try_emplace(*owner.target_id, 0);
        if (is_new && limits_.webhooks_of_target != 0) known->second = count_webhooks(connection_, owner);
        return known->second;
    }

    std::uint64_t& count_of_account(model::Id account) {
        const auto [known, is_new] = accounts_.try_emplace(account, 0);
        if (is_new && limits_.webhooks_of_account != 0) {
            known->second = count_all_webhooks(connection_, account);
        }
        return known->second;
    }

    Connection& connection_;
    const AccountLimits& limits_;
    Counts targets_;
    Counts accounts_;
};

using Refusals = std::vector<std::optional<LimitError>>;

// If a key has too many registrations, its last ones are refused.
void check_rates(Connection& connection, std::uint64_t limit, std::span<const model::Caller> callers,
                 Refusals& refusals) {
    Counts more;
    for (const model::Caller& caller : callers) ++more[caller.key_id];
    Counts done = add_to_rates(connection, "registration", more);
    for (auto& [key, n] : done) n -= more.at(key);
    for (std::size_t i = 0; i < callers.size(); ++i) {
        if (++done[callers[i].key_id] > limit) refusals[i] = Throttled{};
    }
}

void check_room(Connection& connection, const AccountLimits& limits, std::span<const model::Caller> callers,
                Refusals& refusals) {
    std::set<model::Id> accounts;
    for (const model::Caller& caller : callers) accounts.insert(caller.owner.account_id);
    lock_accounts(connection, accounts);
    Room room(connection, limits);
    for (std::size_t i = 0; i < callers.size(); ++i) {
        if (!refusals[i]) refusals[i] = room.take(callers[i].owner);
    }
}

}  // namespace

AccountLimits AccountLimits::from(base::Config& config) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    return {.webhooks_of_target = config.number("api_webhooks_of_target", 0, kMost, 1000),
            .webhooks_of_account = config.number("api_webhooks_of_account", 0, kMost, 10'000),
            .registrations_per_second = config.number("api_registrations_per_second", 0, kMost, 0),
            .publications_per_second = config.number("api_publications_per_second", 0, kMost, 0)};
}

std::vector<std::optional<LimitError>> check_registrations(Connection& connection,
                                                           const AccountLimits& limits,
                                                           std::span<const model::Caller> callers) {
    Refusals refusals(callers.size());
    if (limits.registrations_per_second != 0 && !callers.empty()) {
        check_rates(connection, limits.registrations_per_second, callers, refusals);
    }
    if ((limits.webhooks_of_target != 0 || limits.webhooks_of_account != 0) && !callers.empty()) {
        check_room(connection, limits, callers, refusals);
    }
    return refusals;
}

bool count_publication(Connection& connection, const AccountLimits& limits, model::Id key) {
    if (limits.publications_per_second == 0) return true;
    return add_to_rates(connection, "publication", {{key, 1}}).at(key) <= limits.publications_per_second;
}

}  // namespace db
