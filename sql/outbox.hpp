// The outbox: a table that applications which share the database write events to, each in a transaction of
// its own (docs/outbox.md). Draining it turns each row into an event with its deliveries, exactly once: the
// event is recorded and the row removed by the same transaction.
//
// A row that can't become an event (there is no such target, or its content is none) stays, with the time and
// the reason, and holds up no other. Any number of drainers may be at work at once.
#pragma once

#include <cstddef>

#include "sql/connection.hpp"

namespace db {

// Takes at most so many rows, oldest first, and returns how many it took, the bad ones among them; 0: none is
// waiting that nobody else is at. Throws Error: what is committed by then stays so.
std::size_t drain_outbox(Connection& connection, std::size_t most);

}  // namespace db
