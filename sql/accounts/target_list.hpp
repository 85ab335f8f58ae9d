// Lists and reads the targets that an API key may use, newest first. Deleted ones are left out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "common/model/account.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"
#include "sql/connection/statement.hpp"

namespace db {

// The targets of the caller's account, or those that its key is limited to. At most kMostExamined are counted.
// Throw Error.
[[nodiscard]] ListPart find_targets(Connection& connection, const model::Caller& caller,
                                    const ListSlice& slice);
[[nodiscard]] ListCount count_targets(Connection& connection, const model::Caller& caller);

// Returns those of the targets that are not deleted, newest first. REQUIRES: they are of find_targets. Throws Error.
[[nodiscard]] std::vector<model::Target> read_targets(Connection& connection, std::span<const model::Id> ids);

// The target of an access request, together with that. REQUIRES: the request is for a target, and permitted.
[[nodiscard]] JoinedRead read_target();
[[nodiscard]] model::Target target_read(const Rows& rows, std::size_t first_column);

}  // namespace db
