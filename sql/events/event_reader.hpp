// Reading events with their deliveries, the first of each event in the order of their webhooks' ids, and how
// many there are.
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

// Those of them that there are, in that order, each with at most that many deliveries; with none, these are
// not counted either. REQUIRES: no id is there twice.
[[nodiscard]] std::vector<model::Event> read_events(Connection& connection, std::span<const model::Id> ids,
                                                    std::uint64_t most_deliveries = kMostDeliveriesListed);

[[nodiscard]] bool has_event(Connection& connection, const model::Owner& owner, model::Id event);

// Whether the event was stored, asked after a commit whose outcome is not known: waits for a transaction that
// is still at it.
[[nodiscard]] bool is_event_stored(Connection& connection, model::Id event);

// The event with this delivery alone, and the count of all; nothing if there is none.
[[nodiscard]] std::optional<model::Event> find_delivery(Connection& connection, model::Id event,
                                                        model::Id webhook);

// How many deliveries of each status these events have, however many there are: for the operator.
using StatusCounts = std::array<std::uint64_t, model::kStatusNames.size()>;
[[nodiscard]] std::map<model::Id, StatusCounts> count_by_status(Connection& connection,
                                                                std::span<const model::Id> events);

}  // namespace db
