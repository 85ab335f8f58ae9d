#include "sql/events/counters.hpp"

#include <tuple>

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

constexpr std::string_view kOfEvents = " AND what NOT IN ('webhook', 'all_webhooks')";

// A column, without the end of its condition.
Statement sum_in_scope(bool of_target) {
    return {std::string(", (SELECT COALESCE(SUM(n), 0) FROM counters WHERE ") +
            (of_target ? "owner = 'target' AND owner_id = t.id"
                       : "owner = 'account' AND owner_id = k.account_id")};
}

}  // namespace

SqlText change_counters_statement(const std::vector<CounterChange>& changes) {
    SqlText statement("INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ");
    statement.list(", ", sum_up(changes), [&statement](const auto& sum) {
        const auto& [key, change] = sum;
        const auto& [is_target, owner_id, what] = key;
        statement.sql(is_target, "('target', ", "('account', ").number(owner_id);
        statement.sql(", ").text(what).sql(", CONNECTION_ID() MOD 8, ").sql(change < 0, "-", "");
        statement.number(static_cast<std::uint64_t>(change < 0 ? -change : change)).sql(")");
    });
    return statement.sql(" ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
}

void change_counters(Connection& connection, const std::vector<CounterChange>& changes) {
    if (!changes.empty()) connection.execute_text(change_counters_statement(changes).str());
}

SqlText WebhookCounts::select(const std::vector<model::KeyDigest>& keys,
                              const std::vector<model::Id>& targets) {
    SqlText statement(R"(
        SELECT c.owner, c.owner_id, c.what, SUM(c.n)
        FROM (SELECT DISTINCT account_id FROM api_keys WHERE digest IN ()");
    statement.list(", ", keys, [&statement](const model::KeyDigest& key) { statement.bytes(key); });
    statement.sql(R"()) k
        STRAIGHT_JOIN counters c
          ON c.owner = 'account' AND c.owner_id = k.account_id AND c.what IN ('webhook', 'all_webhooks')
        GROUP BY c.owner, c.owner_id, c.what)");
    if (targets.empty()) return statement;
    statement.sql(R"(
        UNION ALL
        SELECT owner, owner_id, what, SUM(n)
        FROM counters
        WHERE owner = 'target' AND what = 'webhook' AND owner_id IN )");
    return statement.numbers(targets).sql(" GROUP BY owner, owner_id, what");
}

WebhookCounts::WebhookCounts(const Rows& rows) {
    enum Column : std::size_t { kOwner, kId, kWhat, kSum };
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const bool is_target = rows.text(row, kOwner) == "target";
        const bool is_all = rows.text(row, kWhat) == kAllWebhooksCounter;
        Counts& counts = is_target ? targets_ : is_all ? all_ : accounts_;
        counts[rows.number(row, kId)] = rows.number(row, kSum);
    }
}

std::uint64_t count_webhooks(Connection& connection, const model::Owner& owner) {
    return sum_of(connection, owner, kWebhookCounter);
}

std::uint64_t count_receivers(Connection& connection, const model::Owner& owner) {
    constexpr std::string_view kSelect = R"(
        SELECT (SELECT COALESCE(SUM(n), 0) FROM counters WHERE owner = 'account' AND owner_id = ? AND what = ?)
             + (SELECT COALESCE(SUM(n), 0) FROM counters WHERE owner = 'target' AND owner_id = ? AND what = ?))";
    const std::string what(kWebhookCounter);
    return connection.query(kSelect, {owner.account_id, what, owner.target_id.value_or(model::Id{0}), what})
        .number(0, 0);
}

std::uint64_t count_events(Connection& connection, const model::Owner& owner,
                           const std::optional<std::string>& event_type) {
    if (event_type) return sum_of(connection, owner, *event_type);
    constexpr std::string_view kSelect = R"(
        SELECT COALESCE(SUM(n), 0)
        FROM counters
        WHERE owner = ? AND owner_id = ?)";
    return connection.query(std::string(kSelect).append(kOfEvents), {kind_of(owner), id_of(owner)})
        .number(0, 0);
}

JoinedRead read_webhook_count(bool of_target) {
    return {.columns = sum_in_scope(of_target).add(" AND what = ?)", {std::string(kWebhookCounter)})};
}

JoinedRead read_event_count(bool of_target, const std::optional<std::string>& event_type) {
    Statement sum = sum_in_scope(of_target);
    return {.columns = event_type ? sum.add(" AND what = ?)", {*event_type}) : sum.add(kOfEvents).add(")")};
}

}  // namespace db
