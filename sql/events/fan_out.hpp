// Writes the deliveries of a new event, one for each webhook that must get it.
//
// A small fan-out takes one statement. A large one is written in pieces of webhooks that follow each other by id, so
// that no statement takes long, however many webhooks there are. One transaction holds all of them: nothing is
// delivered before it is committed.
#pragma once

#include <cstdint>

#include "common/model/id.hpp"
#include "sql/connection/connection.hpp"
#include "sql/events/event_store.hpp"

namespace db {

// Webhooks of a piece. A piece takes about 40 ms on MariaDB 10.11. Larger ones make the whole no faster, smaller ones
// make it slower.
inline constexpr std::uint64_t kFanOutPiece = 2000;

// REQUIRES: a transaction is open, and has recorded the event under this id. Throw Error.
void fan_out(Connection& connection, const NewEvent& event, model::Id event_id);
// webhooks: about as many as may get the event.
void fan_out_in_pieces(Connection& connection, const NewEvent& event, model::Id event_id,
                       std::uint64_t webhooks, std::uint64_t piece = kFanOutPiece);

}  // namespace db
