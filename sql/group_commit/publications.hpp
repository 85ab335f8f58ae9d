// The publications of a batch: their rows, and what is stored of them.
#pragma once

#include <cstddef>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/group_commit/write.hpp"

namespace db {

// Plans the write's event under this id. access: of select_access. REQUIRES: the write is a publication with an
// event, which is not planned.
void plan_event(Write& write, model::Id id, const model::Owner& owner, const Rows& access, std::size_t row);

// The rows of all events that are planned. They refer to the batch.
[[nodiscard]] std::vector<EventRow> event_rows(const Batch& batch);

// Adds the deliveries to the events. rows: of select_deliveries_of, for all events of the batch.
void read_deliveries(const Batch& batch, const Rows& rows);

// Settles the publications whose events an earlier try has stored. Throws Error.
void settle_stored_events(Connection& connection, const Batch& batch);

}  // namespace db
