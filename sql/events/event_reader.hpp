// Reads events with the first of their deliveries, in the order of the webhooks' ids, and the number of all.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

inline constexpr std::uint64_t kMostDeliveriesListed = 100;  // of an event among others
inline constexpr std::uint64_t kMostDeliveriesShown = 1000;  // of one alone

// Nothing if the owner has no such event. All throw Error.
[[nodiscard]] std::optional<model::Event> find_event(Connection& connection, const model::Owner& owner,
                                                     model::Id event);

// The events that exist, in the order of the ids, each with at most that many deliveries. If that is 0, the
// deliveries are not counted either. REQUIRES: the ids differ.
[[nodiscard]] std::vector<model::Event> read_events(Connection& connection, std::span<const model::Id> ids,
                                                    std::uint64_t most_deliveries = kMostDeliveriesListed);

[[nodiscard]] bool has_event(Connection& connection, const model::Owner& owner, model::Id event);

// Whether the event was stored, for a commit whose outcome is not known: waits for a transaction that is
// still open.
[[nodiscard]] bool is_event_stored(Connection& connection, model::Id event);

// The event with this delivery alone, and the number of all its deliveries; nothing if there is no such
// delivery.
[[nodiscard]] std::optional<model::Event> find_delivery(Connection& connection, model::Id event,
                                                        model::Id webhook);

// How many deliveries of each status these events have, for the operator. All are counted.
using StatusCounts = std::array<std::uint64_t, model::kStatusNames.size()>;
[[nodiscard]] std::map<model::Id, StatusCounts> count_by_status(Connection& connection,
                                                                std::span<const model::Id> events);

}  // namespace db
