#include "sql/webhooks/account_limits.hpp"

#include <string_view>

namespace db {
namespace {

bool is_full(std::uint64_t count, std::uint64_t limit) {
    return limit != 0 && count >= limit;
}

SqlLiteral name_of(RatedWork what) {
    return what == RatedWork::kRegistration ? SqlLiteral("registration") : SqlLiteral("publication");
}

}  // namespace

AccountLimits AccountLimits::from(base::Config& config) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    return {.webhooks_of_target = config.number("api_webhooks_of_target", 0, kMost, 1000),
            .webhooks_of_account = config.number("api_webhooks_of_account", 0, kMost, 10'000),
            .registrations_per_second = config.number("api_registrations_per_second", 0, kMost, 0),
            .publications_per_second = config.number("api_publications_per_second", 0, kMost, 0)};
}

SqlText lock_accounts(const std::vector<model::KeyDigest>& keys) {
    SqlText statement(
        "INSERT INTO counters (owner, owner_id, what, shard, n) SELECT 'account', k.account_id, ");
    statement.text(kAllWebhooksCounter).sql(", ").number(kLockShard);
    statement.sql(", 0 FROM (SELECT DISTINCT account_id FROM api_keys WHERE digest IN (");
    statement.list(", ", keys, [&statement](const model::KeyDigest& key) { statement.bytes(key); });
    return statement.sql(")) k ORDER BY k.account_id ON DUPLICATE KEY UPDATE n = counters.n");
}

std::optional<TooManyWebhooks> WebhookRoom::take(const model::Owner& owner) {
    std::uint64_t& of_account = taken_of_account_[owner.account_id];
    std::uint64_t* const of_target = owner.target_id ? &taken_of_target_[*owner.target_id] : nullptr;
    if (of_target != nullptr &&
        is_full(counts_.of_target(*owner.target_id) + *of_target, limits_.webhooks_of_target)) {
        return TooManyWebhooks{limits_.webhooks_of_target};
    }
    if (is_full(counts_.all_of_account(owner.account_id) + of_account, limits_.webhooks_of_account)) {
        return TooManyWebhooks{limits_.webhooks_of_account};
    }
    if (of_target != nullptr) ++*of_target;
    ++of_account;
    return std::nullopt;
}

std::uint64_t RateCheck::limit_of(RatedWork what) const {
    return what == RatedWork::kRegistration ? limits_.registrations_per_second
                                            : limits_.publications_per_second;
}

SqlText RateCheck::count() const {
    SqlText statement("INSERT INTO key_rates (key_id, what, second, n) VALUES ");
    statement.list(", ", wanted_, [&statement](const auto& one) {
        const auto& [key, n] = one;
        statement.sql("(").number(key.first).sql(", '").sql(name_of(key.second));
        statement.sql("', UNIX_TIMESTAMP(), ").number(n).sql(")");
    });
    // The first assignment still reads the stored second.
    return statement.sql(R"(
        ON DUPLICATE KEY UPDATE n = IF(second = VALUES(second), n, 0) + VALUES(n), second = VALUES(second))");
}

SqlText RateCheck::select_sums() const {
    SqlText statement("SELECT key_id, what = 'publication', n FROM key_rates WHERE (key_id, what) IN (");
    statement.list(", ", wanted_, [&statement](const auto& one) {
        const auto& [key, n] = one;
        statement.sql("(").number(key.first).sql(", '").sql(name_of(key.second)).sql("')");
    });
    return statement.sql(")");
}

void RateCheck::read(const Rows& sums) {
    enum Column : std::size_t { kKey, kIsPublication, kSum };
    done_.clear();
    for (std::size_t row = 0; row < sums.size(); ++row) {
        const RatedWork what =
            sums.flag(row, kIsPublication) ? RatedWork::kPublication : RatedWork::kRegistration;
        const Key key{sums.number(row, kKey), what};
        done_[key] = sums.number(row, kSum) - wanted_.at(key);
    }
}

bool count_publication(Connection& connection, const AccountLimits& limits, model::Id key) {
    RateCheck rates(limits);
    if (!rates.limits(RatedWork::kPublication)) return true;
    rates.add(RatedWork::kPublication, key);
    connection.execute_text(rates.count().str());
    rates.read(connection.query_text(rates.select_sums().str()));
    return rates.take(RatedWork::kPublication, key);
}

}  // namespace db
