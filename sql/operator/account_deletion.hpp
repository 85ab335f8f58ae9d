// Deletes an account with everything that belongs to it, while the API and the daemon run.
//
// First the account is marked, its keys are revoked, and its targets and webhooks are marked as deleted, so
// nothing new arrives, and the daemon sends nothing. Then its rows are removed in batches by their primary
// keys, the account's own row last. A deletion that was interrupted is completed by another one.
//
// Two things outlast the marks for a while: requests that were allowed before, and deliveries that are in
// flight. So the rows of the webhooks and deliveries are removed until both have ended, and only then the
// events with the attempts, and the rest.
//
// The rows of the audit stay, because they are about what operators did, but name no user, key or request of
// the account any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/operator/audit.hpp"
#include "sql/operator/refused.hpp"

namespace db {

// The account's rows, or those that were removed. Other tables are not counted.
struct AccountRows {
    std::uint64_t users = 0;
    std::uint64_t keys = 0;
    std::uint64_t targets = 0;
    std::uint64_t webhooks = 0;  // deleted ones as well
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t attempts = 0;  // not counted by count_account
    std::uint64_t outbox = 0;    // rows of its targets; not counted by count_account
};

// Reads all index entries of the account, so it may take some seconds. Throws Refused if there is no such
// account, and Error.
[[nodiscard]] AccountRows count_account(Connection& connection, model::Id account);

class AccountDeletion {
  public:
    // Fewer than 1000: MariaDB makes a table of a longer list of IN, and reads all rows of the other to join it.
    static constexpr std::size_t kBatch = 900;

    // by: the operator whom the audit names.
    AccountDeletion(Connection& connection, model::Id account, Actor by)
        : connection_(connection), account_(account), by_(std::move(by)) {}

    enum class Progress { kMore, kWaiting, kDone };

    // Handles one batch. kWaiting: nothing can be done until requests or deliveries have ended; try again in a
    // second. Throws Refused if there is no such account, and Error; the next call continues.
    [[nodiscard]] Progress step();
    [[nodiscard]] const AccountRows& removed() const { return removed_; }

  private:
    // Each handles one batch and returns whether the part has more.
    [[nodiscard]] bool mark();
    [[nodiscard]] bool revoke_keys();
    [[nodiscard]] bool close_targets();
    [[nodiscard]] bool close_webhooks();
    [[nodiscard]] bool remove_outbox();
    [[nodiscard]] bool remove_deliveries();
    [[nodiscard]] bool remove_events();
    [[nodiscard]] bool remove_webhooks();
    [[nodiscard]] bool remove_answers();
    [[nodiscard]] bool clear_audit();
    [[nodiscard]] bool remove_keys();
    [[nodiscard]] bool remove_targets();
    [[nodiscard]] bool remove_users();
    void remove_account();

    [[nodiscard]] bool for_batch(std::string_view select,
                                 const std::function<void(const std::vector<model::Id>&)>& work);
    [[nodiscard]] bool is_settled();

    Connection& connection_;
    const model::Id account_;
    const Actor by_;
    AccountRows removed_;

    std::size_t part_ = 0;
    bool settled_ = false;  // since before the last pass over webhooks and deliveries
    // Where the parts go on.
    std::optional<model::Id> target_;
    std::uint64_t outbox_row_ = 0;
    std::uint64_t status_ = 0;
    std::string position_ = "1000-01-01";  // a time
    model::Id audit_row_ = 0;
    std::vector<model::Id> events_;
};

}  // namespace db
