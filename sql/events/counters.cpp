#include "sql/events/counters.hpp"

#include <map>
#include <tuple>

#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

// Sorted like the table's primary key, whose ENUM has 'account' before 'target'.
using Key = std::tuple<bool, model::Id, std::string_view>;

std::map<Key, std::int64_t> sum_up(const std::vector<CounterChange>& changes) {
    std::map<Key, std::int64_t> sums;
    for (const CounterChange& change : changes) {
        const model::Owner& owner = change.owner;
        if (owner.target_id) sums[{true, *owner.target_id, change.what}] += change.change;
        if (!owner.target_id || change.what != kWebhookCounter) {
            sums[{false, owner.account_id, change.what}] += change.change;
        }
        if (change.what == kWebhookCounter) {
            sums[{false, owner.account_id, kAllWebhooksCounter}] += change.change;
        }
    }
    return sums;
}

Parameter kind_of(const model::Owner& owner) {
    return std::string(owner.target_id ? "target" : "account");
}

Parameter id_of(const model::Owner& owner) {
    return owner.target_id.value_or(owner.account_id);
}

std::uint64_t sum_of(Connection& connection, const model::Owner& owner, std::string_view what) {
    constexpr std::string_view kSelect = R"(
        SELECT COALESCE(SUM(n), 0)
        FROM counters
        WHERE owner = ? AND owner_id = ? AND what = ?)";
    return connection.query(kSelect, {kind_of(owner), id_of(owner), std::string(what)}).number(0, 0);
}

}  // namespace

std::string change_counters_statement(const std::vector<CounterChange>& changes) {
    SqlText statement("INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ");
    statement.list(", ", sum_up(changes), [&statement](const auto& sum) {
        const auto& [key, change] = sum;
        const auto& [is_target, owner_id, what] = key;
        statement.sql(is_target ? "('target', " : "('account', ").number(owner_id);
        statement.sql(", ").text(what).sql(", CONNECTION_ID() MOD 8, ").sql(change < 0 ? "-" : "");
        statement.number(static_cast<std::uint64_t>(change < 0 ? -change : change)).sql(")");
    });
    return statement.sql(" ON DUPLICATE KEY UPDATE n = n + VALUES(n)").str();
}

void change_counters(Connection& connection, const std::vector<CounterChange>& changes) {
    if (!changes.empty()) connection.execute_text(change_counters_statement(changes));
}

std::uint64_t count_webhooks(Connection& connection, const model::Owner& owner) {
    return sum_of(connection, owner, kWebhookCounter);
}

std::uint64_t count_all_webhooks(Connection& connection, model::Id account) {
    return sum_of(connection, {account, std::nullopt}, kAllWebhooksCounter);
}

std::uint64_t count_events(Connection& connection, const model::Owner& owner,
                           const std::optional<std::string>& event_type) {
    if (event_type) return sum_of(connection, owner, *event_type);
    constexpr std::string_view kSelect = R"(
        SELECT COALESCE(SUM(n), 0)
        FROM counters
        WHERE owner = ? AND owner_id = ? AND what NOT IN ('webhook', 'all_webhooks'))";
    return connection.query(kSelect, {kind_of(owner), id_of(owner)}).number(0, 0);
}

}  // namespace db
