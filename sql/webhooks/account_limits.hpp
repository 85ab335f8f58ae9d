// Limits how many webhooks an account may have, and how often a key may register or publish. The limits hold
// for all processes on all hosts together, because the database counts.
//
// They are exact, however many registrations arrive at once: a transaction that registers under a limit locks
// a row of the account until it ends, and counts after that. Without limits nothing is locked or counted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "common/base/config.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

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
};

struct TooManyWebhooks {
    std::uint64_t limit = 0;
};
struct Throttled {};
using LimitError = std::variant<TooManyWebhooks, Throttled>;

// Returns for each registration, in the same order, the limit that it would exceed, or nullopt. All others
// may be stored together. REQUIRES: a transaction is open and has not written yet. Throws Error.
[[nodiscard]] std::vector<std::optional<LimitError>> check_registrations(
    Connection& connection, const AccountLimits& limits, std::span<const model::Caller> callers);

// Counts one more publication of the key, and returns whether it may publish now. REQUIRES: a transaction is
// open. Throws Error.
[[nodiscard]] bool count_publication(Connection& connection, const AccountLimits& limits, model::Id key);

}  // namespace db
