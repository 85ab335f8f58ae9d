// Reads events with their first deliveries, in the order of the webhooks' ids, and with the number of all
// their deliveries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"

namespace db {

inline constexpr std::uint64_t kMostDeliveriesListed = 100;  // of each event in a list
inline constexpr std::uint64_t kMostDeliveriesShown = 1000;  // of a single event

// All functions throw Error.

// Returns nullopt if the owner has no such event.
[[nodiscard]] std::optional<model::Event> find_event(Connection& connection, const model::Owner& owner,
                                                     model::Id event);

// Returns those of the events that exist, in the order of `ids`, each with at most most_deliveries
// deliveries. If that is 0, the deliveries are not counted either. REQUIRES: the ids differ.
[[nodiscard]] std::vector<model::Event> read_events(Connection& connection, std::span<const model::Id> ids,
                                                    std::uint64_t most_deliveries = kMostDeliveriesListed);

// For events with few deliveries, whose owner is known: one statement selects all their deliveries.
[[nodiscard]] SqlText select_deliveries_of(std::span<const model::Id> events);
// By event; an event without deliveries is absent.
[[nodiscard]] std::map<model::Id, std::vector<model::Delivery>> deliveries_by_event(const Rows& rows);
// Adds them, as many as are shown, and their number.
void add_deliveries(model::Event& event, std::vector<model::Delivery> deliveries);

// The same for the scope of an access request, the event itself together with that. first_column: of the read.
[[nodiscard]] JoinedRead read_event(model::Id event);
[[nodiscard]] std::optional<model::Event> event_read(Connection& connection, const Rows& rows,
                                                     std::size_t first_column);
// One column: NULL if there is no such event.
[[nodiscard]] JoinedRead read_event_id(model::Id event);

// Whether the event was stored, for a commit whose outcome is unknown. Waits for a transaction that is still
// open.
// For a statement that selects the columns of events e: reads their deliveries as well, and returns the events in the
// order of the rows.
[[nodiscard]] std::string event_columns();
[[nodiscard]] std::vector<model::Event> read_events(Connection& connection, const Rows& rows);

[[nodiscard]] bool is_event_stored(Connection& connection, model::Id event);

// Returns the event with only this delivery, and the number of all its deliveries; nullopt if there is no
// such delivery.
[[nodiscard]] std::optional<model::Event> find_delivery(Connection& connection, model::Id event,
                                                        model::Id webhook);

// Counts all deliveries of these events by status, for the operator.
using StatusCounts = std::array<std::uint64_t, model::kStatusNames.size()>;
[[nodiscard]] std::map<model::Id, StatusCounts> count_by_status(Connection& connection,
                                                                std::span<const model::Id> events);

}  // namespace db
