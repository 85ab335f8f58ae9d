// Reading events with their deliveries, those of each event in the order of their webhooks' ids.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sql/connection.hpp"
#include "sql/records.hpp"

namespace db {

// Nothing if the owner has no such event. Throw Error.
[[nodiscard]] std::optional<Event> find_event(Connection& connection, const Owner& owner, Id event);

// Those of them that there are, in that order. REQUIRES: no id is there twice.
[[nodiscard]] std::vector<Event> read_events(Connection& connection, std::span<const Id> ids);

[[nodiscard]] bool has_event(Connection& connection, const Owner& owner, Id event);

// Whether the event was stored, asked after a commit whose outcome is not known: waits for a transaction that
// is still at it.
[[nodiscard]] bool is_event_stored(Connection& connection, Id event);

// The event with this delivery alone; nothing if there is none.
[[nodiscard]] std::optional<Event> find_delivery(Connection& connection, Id event, Id webhook);

}  // namespace db
