// How many webhooks an account may have, and how often a key may add to what is stored: limits that hold for
// all processes of all hosts together, because the database counts.
//
// They are exact, however many registrations come at once: whoever registers under a limit locks a row of the
// account until its transaction ends, and only then counts. Without limits nothing is locked or counted.
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

// 0: no limit.
struct AccountLimits {
    std::uint64_t webhooks_of_target = 0;
    std::uint64_t webhooks_of_account = 0;       // those of its targets included
    std::uint64_t registrations_per_second = 0;  // by one key, within a second of the database's clock
    std::uint64_t publications_per_second = 0;

    // api_webhooks_of_target (1,000 if it is left out), api_webhooks_of_account (10,000),
    // api_registrations_per_second and api_publications_per_second (none). Throws ConfigError.
    static AccountLimits from(base::Config& config);
};

struct TooManyWebhooks {
    std::uint64_t limit = 0;
};
struct Throttled {};
using LimitError = std::variant<TooManyWebhooks, Throttled>;

// For each of these registrations, in the same order: why it may not be stored, if it may not. The others fit
// in together. REQUIRES: a transaction is open, which hasn't written yet. Throws Error.
[[nodiscard]] std::vector<std::optional<LimitError>> check_registrations(
    Connection& connection, const AccountLimits& limits, std::span<const model::Caller> callers);

// Whether the key may publish one more event now, which is counted. REQUIRES: a transaction is open. Throws
// Error.
[[nodiscard]] bool count_publication(Connection& connection, const AccountLimits& limits, model::Id key);

}  // namespace db
