// May this key do that here? The first question of every request, put to the database each time: nothing
// about access is cached, so a key that is revoked or narrowed stops working at once.
//
// A key has rights, and may be limited to some targets. What it may not do is validated from the key alone,
// before it is looked whether the target exists, so the answer tells nothing about that.
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

namespace db {

// No object has it: ids of this time were never generated.
inline constexpr model::Id kNoId = 0;

// What a request is about: a target (kNoId: one that can't exist), or the account of the key as a whole.
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

// One statement for many questions. A row for each whose key is good; besides what access_of reads it has the
// event that a new webhook of that place is greeted with, and the database's time.
[[nodiscard]] std::string select_access(std::span<const AccessRequest> requests);

struct AccessColumn {
    enum : std::size_t {
        kIndex,
        kAccount,
        kUser,
        kRights,
        kWithinLimit,
        kTarget,
        kEvent,
        kEventType,
        kOccurredAt,
        kContent,
        kNow,
        kLimited,
        kKey
    };
};

// What that row says of the question it belongs to.
[[nodiscard]] AccessOutcome access_of(const Rows& rows, std::size_t row, const AccessRequest& request,
                                      model::Right right);

// Nothing for Unauthorised.
[[nodiscard]] std::optional<model::Identity> identity_of(const AccessOutcome& outcome);

// The same for a single question. Throws Error.
[[nodiscard]] AccessOutcome check_access(Connection& connection, const AccessRequest& request,
                                         model::Right right);

}  // namespace db
