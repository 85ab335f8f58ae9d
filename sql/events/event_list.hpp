// Lists events, newest first: ORDER BY occurred_at DESC, id DESC, which is the order of the indexes.
//
// An owner's events, of one type or of all types, are entries of an index of the table events. If the filter
// has a status, there are two ways. Either each entry is looked up in the index deliveries_status: this is
// best if most events have such a delivery, or if there are few events. Or the list is read from
// deliveries_status, and an entry's event is looked up if the filter has a target or a type.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"

namespace db {

// An absent field does not filter.
struct EventFilter {
    std::optional<std::string> event_type;
    std::optional<model::DeliveryStatus> status;  // at least one delivery has it
    std::optional<model::Time> since;             // occurred then or later
    std::optional<model::Time> until;             // occurred before
};

// Throw Error.
[[nodiscard]] ListPart find_events(Connection& connection, const model::Owner& owner,
                                   const EventFilter& filter, const ListSlice& slice);

// The same together with the events. REQUIRES: the slice is short, and the filter has no status.
struct EventPart {
    ListPart part;
    std::vector<model::Event> events;  // in the order of part.found
};
[[nodiscard]] EventPart read_event_part(Connection& connection, const model::Owner& owner,
                                        const EventFilter& filter, const ListSlice& slice);

// Exact, from the counters, unless the filter has times or a status: then at most kMostExamined entries are
// counted.
[[nodiscard]] ListCount count_events(Connection& connection, const model::Owner& owner,
                                     const EventFilter& filter);

}  // namespace db
