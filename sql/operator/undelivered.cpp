#include "sql/operator/undelivered.hpp"

#include <algorithm>

namespace db {
namespace {

std::vector<model::Id> all_accounts(Connection& connection) {
    enum Column : std::size_t { kId };
    return connection.query("SELECT id FROM accounts").numbers(kId);
}

// All times have the same length, so sorting them as text sorts them by time.
void keep_oldest(std::vector<Undelivered>& undelivered, std::uint64_t most) {
    std::stable_sort(undelivered.begin(), undelivered.end(),
                     [](const Undelivered& a, const Undelivered& b) { return a.since < b.since; });
    if (undelivered.size() > most) undelivered.resize(most);
}

}  // namespace

std::vector<Undelivered> list_undelivered(Connection& connection, std::optional<model::Id> account,
                                          std::uint64_t most) {
    std::vector<Undelivered> undelivered;
    for (const OutboxRow& row : list_stuck_outbox(connection, account, most)) {
        undelivered.push_back({row.occurred_at.value_or(row.recorded_at), std::nullopt, row});
    }
    // Account by account, in the order of the index, to keep only one account's rows in memory beside the
    // oldest.
    for (const model::Id id : account ? std::vector{*account} : all_accounts(connection)) {
        for (const ListedDelivery& delivery : list_undelivered_of_account(connection, id, most)) {
            undelivered.push_back({delivery.occurred_at, delivery, std::nullopt});
        }
        keep_oldest(undelivered, most);
    }
    keep_oldest(undelivered, most);
    return undelivered;
}

}  // namespace db
