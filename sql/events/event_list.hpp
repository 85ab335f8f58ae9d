// Lists of events, newest first: ORDER BY occurred_at DESC, id DESC, which is how the indexes have them.
//
// An owner's events, of one type or of all, are entries of an index of the table events. Where a status is
// chosen, either each of those is looked up in the index deliveries_status, which is best where most events
// have such a delivery or few events are there at all; or the list is read from deliveries_status, and each
// entry's event is looked up where more is asked of it.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"

namespace db {

// What is left open chooses nothing.
struct EventChoice {
    std::optional<std::string> event_type;
    std::optional<model::DeliveryStatus> status;  // at least one delivery has it
    std::optional<model::Time> since;             // occurred then or later
    std::optional<model::Time> until;             // occurred before
};

// Throw Error.
[[nodiscard]] ListPart find_events(Connection& connection, const model::Owner& owner,
                                   const EventChoice& choice, const ListSlice& slice);

// Exact from the totals, unless times or a status are chosen: then at most kMostExamined entries are counted.
[[nodiscard]] ListCount count_events(Connection& connection, const model::Owner& owner,
                                     const EventChoice& choice);

}  // namespace db
