#include "sql/operator/undelivered.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include "sql/connection/sql_text.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

constexpr std::uint64_t kAccountsOfPage = 1000;

// Index entries that one statement reads at most.
constexpr std::uint64_t kMostEntries = 9000;

struct Entry {
    std::string occurred_at;
    model::Id event_id = 0;
    model::Id webhook_id = 0;

    auto operator<=>(const Entry&) const = default;
};

// The entries of the oldest events in each status, which are at the beginnings of as many ranges of the index.
std::string select_entries(std::span<const model::Id> accounts, std::uint64_t most) {
    constexpr std::array kUndelivered{model::DeliveryStatus::kFailed, model::DeliveryStatus::kRescheduled,
                                      model::DeliveryStatus::kScheduled};
    SqlText statement("SELECT occurred_at, event_id, webhook_id FROM (");
    statement.list(" UNION ALL ", accounts, [&](model::Id account) {
        statement.list(" UNION ALL ", kUndelivered, [&](model::DeliveryStatus status) {
            statement.sql(R"((
                SELECT occurred_at, event_id, webhook_id FROM deliveries FORCE INDEX (deliveries_status)
                WHERE account_id = )");
            statement.number(account).sql(" AND status = ").number(stored(status));
            if (status == model::DeliveryStatus::kScheduled) {
                statement.sql(" AND next_try < UTC_TIMESTAMP(6) - INTERVAL ")
                    .number(kOverdueSeconds)
                    .sql(" SECOND");
            }
            statement.sql(" ORDER BY occurred_at, event_id LIMIT ").number(most).sql(")");
        });
    });
    statement.sql(") entries ORDER BY occurred_at, event_id, webhook_id LIMIT ");
    return statement.number(most).str();
}

// Adds the entries of these accounts, and keeps the oldest.
void add_entries(Connection& connection, std::span<const model::Id> accounts, std::uint64_t most,
                 std::vector<Entry>& oldest) {
    enum Column : std::size_t { kOccurredAt, kEvent, kWebhook };
    const Rows rows = connection.query_text(select_entries(accounts, most));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        oldest.push_back({rows.text(row, kOccurredAt), rows.number(row, kEvent), rows.number(row, kWebhook)});
    }
    std::ranges::sort(oldest);
    if (oldest.size() > most) oldest.resize(most);
}

std::vector<Entry> oldest_entries(Connection& connection, std::optional<model::Id> account,
                                  std::uint64_t most) {
    constexpr std::string_view kSelectAccounts = "SELECT id FROM accounts WHERE id > ? ORDER BY id LIMIT ?";
    constexpr std::uint64_t kStatuses = 3;
    const std::size_t at_once = std::max<std::uint64_t>(1, kMostEntries / (most * kStatuses));
    std::vector<Entry> oldest;
    for (model::Id last = 0;;) {
        const auto page = account ? std::vector{*account}
                                  : connection.query(kSelectAccounts, {last, kAccountsOfPage}).numbers(0);
        for (std::span<const model::Id> rest(page); !rest.empty();) {
            const auto some = rest.first(std::min(at_once, rest.size()));
            add_entries(connection, some, most, oldest);
            rest = rest.subspan(some.size());
        }
        if (account || page.size() < kAccountsOfPage) return oldest;
        last = page.back();
    }
}

}  // namespace

std::vector<Undelivered> list_undelivered(Connection& connection, std::optional<model::Id> account,
                                          std::uint64_t most) {
    std::vector<Undelivered> undelivered;
    for (const OutboxRow& row : list_stuck_outbox(connection, account, most)) {
        undelivered.push_back({row.occurred_at.value_or(row.recorded_at), std::nullopt, row});
    }
    for (const Entry& entry : oldest_entries(connection, account, most)) {
        // It may have been delivered meanwhile, but not for long.
        const auto delivery = find_listed_delivery(connection, entry.event_id, entry.webhook_id);
        if (delivery) undelivered.push_back({delivery->occurred_at, delivery, std::nullopt});
    }
    // All times have the same length, so sorting them as text sorts them by time.
    std::ranges::stable_sort(undelivered, {}, &Undelivered::since);
    if (undelivered.size() > most) undelivered.resize(most);
    return undelivered;
}

}  // namespace db
