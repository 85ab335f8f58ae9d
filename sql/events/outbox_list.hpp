// Lists and clears the outbox for the operator: rows that wait to become events, and rows that can't become
// one.
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

// All functions throw Error.

// First the failed rows, then the waiting ones, each the oldest first.
[[nodiscard]] std::vector<OutboxRow> list_outbox(Connection& connection, const model::Slice& slice);

// A row counts as stuck this long after it was recorded.
inline constexpr unsigned kOutboxPatienceSeconds = 60;

// The oldest failed rows and the oldest stuck ones, at most `most` of each, of all targets or of one
// account's.
[[nodiscard]] std::vector<OutboxRow> list_stuck_outbox(Connection& connection,
                                                       std::optional<model::Id> account, std::uint64_t most);

// The beginning of an UPDATE that works for every row. MariaDB validates all CHECKs of a row that changes, so
// it would refuse a row that was written with check_constraint_checks off. MySQL skips the comment.
inline constexpr std::string_view kUpdateOutbox =
    "/*M! SET STATEMENT check_constraint_checks = 0 FOR */ UPDATE outbox SET ";

// Lets a failed row wait again, or deletes it. Both return false if there is no such row or it has not
// failed.
bool release_outbox_row(Connection& connection, std::uint64_t id);
bool discard_outbox_row(Connection& connection, std::uint64_t id);

}  // namespace db
