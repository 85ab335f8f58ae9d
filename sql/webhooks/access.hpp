// Checks whether a key has a right in a scope. Every request does so first, in the database each time. Access
// is never cached, so a key that is revoked or narrowed stops working at once.
//
// A key has rights and may be limited to some targets. Forbidden depends only on the key, not on whether the
// target exists, so the answer does not reveal that.
//
// What takes no right (nullopt) is for every valid key. Then the account as a whole is open to limited keys as well,
// and the operation shows them only what is theirs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/model/permissions.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"

namespace db {

// No object has this id, because ids of that time were never generated.
inline constexpr model::Id kNoId = 0;

// The scope of a request: a target (kNoId: one that can't exist), or the whole account of the key.
struct Scope {
    std::optional<model::Id> target_id;

    auto operator<=>(const Scope&) const = default;
};

struct AccessRequest {
    model::KeyDigest key{};
    Scope scope;

    auto operator<=>(const AccessRequest&) const = default;
};

struct Unauthorised {};
struct Forbidden {
    model::Identity by{};
};
struct NoSuchTarget {
    model::Identity by{};
};

using AccessOutcome = std::variant<model::Caller, Unauthorised, Forbidden, NoSuchTarget>;

// One statement for many access requests. It returns a row for each request with a valid key. Besides what
// access_of reads, a row has the event that greets a new webhook in that scope, and the database's time.
[[nodiscard]] SqlText select_access(std::span<const AccessRequest> requests);

struct AccessColumn {
    enum : std::size_t {
        kIndex,
        kKey,
        kAccount,
        kUser,
        kRights,
        kLimited,
        kWithinLimit,
        kTarget,
        kEvent,
        kEventType,
        kOccurredAt,
        kContent,
        kNow
    };
};

// Evaluates the row of an access request. Never returns Unauthorised, for which there is no row.
[[nodiscard]] AccessOutcome access_of(const Rows& rows, std::size_t row, const AccessRequest& request,
                                      std::optional<model::Right> right);

// Returns nullopt for Unauthorised.
[[nodiscard]] std::optional<model::Identity> identity_of(const AccessOutcome& outcome);

// A single access request, and what was read with it.
struct JoinedAccess {
    AccessOutcome outcome;
    Rows rows;  // empty if Unauthorised

    static constexpr std::size_t kFirstColumn = AccessColumn::kTarget + 1;  // of the JoinedRead
};

// Selects and evaluates a single access request. Throw Error.
[[nodiscard]] JoinedAccess check_access(Connection& connection, const AccessRequest& request,
                                        std::optional<model::Right> right, const JoinedRead& read);
[[nodiscard]] AccessOutcome check_access(Connection& connection, const AccessRequest& request,
                                         std::optional<model::Right> right);

}  // namespace db
