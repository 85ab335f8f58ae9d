// The outbox as the operator looks at it and clears it up: rows that wait to become events, and rows that
// can't.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

struct OutboxRow {
    std::uint64_t id = 0;
    std::string target;  // as the application wrote it
    std::string event_type;
    std::string content;
    std::optional<model::Time> occurred_at;
    model::Time recorded_at;
    std::optional<model::Time> failed_at;
    std::optional<std::string> error;
};

// The oldest first: failed ones, then those that wait. All throw Error.
[[nodiscard]] std::vector<OutboxRow> list_outbox(Connection& connection, const model::Slice& slice);

// How long after it was recorded a row counts as one that waits.
inline constexpr unsigned kOutboxPatienceSeconds = 60;

// The oldest rows that failed and the oldest that wait, at most that many of each; of all, or of one
// account's targets.
[[nodiscard]] std::vector<OutboxRow> list_stuck_outbox(Connection& connection,
                                                       std::optional<model::Id> account, std::uint64_t most);

// How an UPDATE of a row begins, whatever the row holds. MariaDB validates all CHECKs of a row that changes, so
// it would refuse one that was written with check_constraint_checks off. MySQL reads past the comment.
inline constexpr std::string_view kUpdateOutbox =
    "/*M! SET STATEMENT check_constraint_checks = 0 FOR */ UPDATE outbox SET ";

// A row that failed waits again. Both return false if there is no such row, or it hasn't failed.
bool release_outbox_row(Connection& connection, std::uint64_t id);
bool discard_outbox_row(Connection& connection, std::uint64_t id);

}  // namespace db
