// Lists of events, newest first: ORDER BY occurred_at DESC, id DESC, which is how the indexes have them.
//
// A page is read in steps: the ids of its events by covering indexes, then the events, then their deliveries,
// each by primary key. Where a choice by status is made, the ids come from the index deliveries_status, each
// with a look at its event where more is asked of that; but for "succeeded", which most deliveries are in the
// end, from the events of that target or type, each with a look into deliveries_status.
//
// The count is read from the totals, unless times or a status are chosen: then what matches is counted, which
// takes from a quarter of a second to three for each million: three where both a target's events and
// "succeeded" are asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/connection.hpp"
#include "sql/records.hpp"

namespace db {

// What is left open chooses nothing.
struct EventChoice {
    std::optional<std::string> event_type;
    std::optional<DeliveryStatus> status;  // at least one delivery has it
    std::optional<Time> since;             // occurred then or later
    std::optional<Time> until;             // occurred before
};

// A page with more deliveries than this is not read, unless it is of a single event.
inline constexpr std::uint64_t kMostDeliveriesOfPage = 20'000;

struct TooManyDeliveries {};

// The page, its events with all their deliveries; no events if the list ends before it. Throws Error.
[[nodiscard]] std::variant<Page<Event>, TooManyDeliveries> list_events(
    Connection& connection, const Owner& owner, const EventChoice& choice, const Slice& slice,
    std::uint64_t most_deliveries = kMostDeliveriesOfPage);

}  // namespace db
