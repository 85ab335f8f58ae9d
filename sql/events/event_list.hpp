// Lists of events, newest first: ORDER BY occurred_at DESC, id DESC, which is how the indexes have them.
//
// An owner's events, of one type or of all, are entries of an index of the table events. If a status is
// chosen, there are two ways. Either each entry is looked up in the index deliveries_status: this is best if
// most events have such a delivery, or if there are few events. Or the list is read from deliveries_status,
// and an entry's event is looked up if its target or type matters.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"

namespace db {

// An absent field chooses nothing.
struct EventFilter {
    std::optional<std::string> event_type;
    std::optional<model::DeliveryStatus> status;  // at least one delivery has it
    std::optional<model::Time> since;             // occurred then or later
    std::optional<model::Time> until;             // occurred before
};

// Throw Error.
[[nodiscard]] ListPart find_events(Connection& connection, const model::Owner& owner,
                                   const EventFilter& choice, const ListSlice& slice);

// Exact from the counters, unless times or a status are chosen: then at most kMostExamined entries are counted.
[[nodiscard]] ListCount count_events(Connection& connection, const model::Owner& owner,
                                     const EventFilter& choice);

}  // namespace db
