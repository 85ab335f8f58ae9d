// Lists webhooks of all accounts for the operator.
#pragma once

#include <optional>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"

namespace db {

// Part of all webhooks that are not deleted, the newest first. Throws Error.
[[nodiscard]] ListPart find_all_webhooks(Connection& connection, const ListSlice& slice);

// Webhooks whose last delivery failed, those that have failed for the longest time first: of all accounts, of
// an account with its targets, or of a target. The work grows with the number of failing webhooks. Throws
// Error.
[[nodiscard]] std::vector<model::Webhook> list_failing_webhooks(Connection& connection,
                                                                const std::optional<model::Owner>& owner,
                                                                const model::Slice& slice);

}  // namespace db
