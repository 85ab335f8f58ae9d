// Limits how many webhooks an account may have, and how often a key may register or publish. The limits hold
// for all processes on all hosts together, because the database counts.
//
// They are exact, however many registrations arrive at once: a transaction that registers under a limit locks
// a row of the account until it ends, and counts after that. Without limits nothing is locked or counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "common/base/config.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/events/counters.hpp"

namespace db {

// 0 means no limit.
struct AccountLimits {
    std::uint64_t webhooks_of_target = 0;
    std::uint64_t webhooks_of_account = 0;       // including those of its targets
    std::uint64_t registrations_per_second = 0;  // by one key, within a second of the database's clock
    std::uint64_t publications_per_second = 0;

    // api_webhooks_of_target (default 1,000), api_webhooks_of_account (default 10,000),
    // api_registrations_per_second and api_publications_per_second (default 0). Throws ConfigError.
    static AccountLimits from(base::Config& config);

    [[nodiscard]] bool limit_webhooks() const { return webhooks_of_target != 0 || webhooks_of_account != 0; }
};

struct TooManyWebhooks {
    std::uint64_t limit = 0;
};
struct Throttled {};
using LimitError = std::variant<TooManyWebhooks, Throttled>;

// Locks the accounts of these keys until the transaction ends, in their order, by rows that count nothing.
// REQUIRES: there is a key, and the transaction has not written yet.
[[nodiscard]] SqlText lock_accounts(const std::vector<model::KeyDigest>& keys);

// Takes the room for webhooks as registrations of a batch are accepted.
class WebhookRoom {
  public:
    // counts: read after the accounts were locked, for the owners of the registrations. All outlive the room.
    WebhookRoom(const AccountLimits& limits, const WebhookCounts& counts)
        : limits_(limits), counts_(counts) {}

    // Takes the room for one more webhook. Returns the limit that it would exceed, or nullopt.
    [[nodiscard]] std::optional<TooManyWebhooks> take(const model::Owner& owner);

  private:
    const AccountLimits& limits_;
    const WebhookCounts& counts_;
    std::map<model::Id, std::uint64_t> taken_of_target_;
    std::map<model::Id, std::uint64_t> taken_of_account_;
};

// What is counted by the second.
enum class RatedWork { kRegistration, kPublication };

// Counts the work of a batch against the limits of its keys.
class RateCheck {
  public:
    explicit RateCheck(const AccountLimits& limits) : limits_(limits) {}

    [[nodiscard]] bool limits(RatedWork what) const { return limit_of(what) != 0; }
    void add(RatedWork what, model::Id key) { ++wanted_[{key, what}]; }
    [[nodiscard]] bool empty() const { return wanted_.empty(); }

    // Two statements for one transaction: the first locks the rows in the order of the keys, the second returns
    // the sums. REQUIRES: something was added.
    [[nodiscard]] SqlText count() const;
    [[nodiscard]] SqlText select_sums() const;
    void read(const Rows& sums);

    // Whether one more of the works that were added may be done. If a key has too many, its last ones may not.
    [[nodiscard]] bool take(RatedWork what, model::Id key) { return ++done_[{key, what}] <= limit_of(what); }

  private:
    using Key = std::pair<model::Id, RatedWork>;

    [[nodiscard]] std::uint64_t limit_of(RatedWork what) const;

    const AccountLimits& limits_;
    std::map<Key, std::uint64_t> wanted_;
    std::map<Key, std::uint64_t> done_;  // in this second
};

// Counts one more publication of the key, and returns whether it may publish now. REQUIRES: a transaction is
// open. Throws Error.
[[nodiscard]] bool count_publication(Connection& connection, const AccountLimits& limits, model::Id key);

}  // namespace db
