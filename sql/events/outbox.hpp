// The outbox: a table that applications which share the database write events to, each in a transaction of
// its own (docs/outbox.md). Draining it turns each row into an event with its deliveries, exactly once: the
// event is recorded and the row removed by the same transaction.
//
// A row that can't become an event is set aside: it stays, with the time and the reason, and is not looked at
// again until the operator releases it. Rows that the database refuses are set aside at once. Rows whose
// transaction takes too long, or ends with a lost connection, or a lock waited for in vain, are tried
// kMostTries times, each alone and behind the others, after pauses that double. Faults of the database as a
// whole, such as a full disk, count against no row.
//
// Any number of drains may be at work at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "sql/connection/connection.hpp"

namespace db {

class OutboxDrain {
  public:
    static constexpr unsigned kMostTries = 6;

    // first_pause: how long a row in trouble waits for its second try.
    explicit OutboxDrain(std::chrono::milliseconds first_pause = std::chrono::seconds{1})
        : first_pause_(first_pause) {}

    // Takes at most so many rows, oldest first, and returns how many it took, those that it set aside among
    // them; 0: none is waiting that could be taken now. Throws Error: what is committed by then stays so.
    // After OutboxRowFailed the next call, over another connection, goes on with the other rows.
    std::size_t drain(Connection& connection, std::size_t most);

    // Are there rows to be tried again?
    [[nodiscard]] bool has_trouble() const { return !troubled_.empty(); }

  private:
    struct Trouble {
        unsigned tries = 0;
        std::string reason;
        std::chrono::steady_clock::time_point next_try;
    };

    struct Progress {
        std::size_t taken = 0;
        bool more = false;
    };

    // Each deals with one transaction. A row that undoes it is blamed, and taken if that sets it aside.
    Progress take_untroubled(Connection& connection, std::size_t most);
    std::size_t take_troubled(Connection& connection, std::uint64_t row);
    std::size_t blame(Connection& connection, std::uint64_t row, const Error& error);
    bool set_aside_if_hopeless(Connection& connection, std::uint64_t row);

    const std::chrono::milliseconds first_pause_;
    std::map<std::uint64_t, Trouble> troubled_;  // rows that failed before, and may not the next time
};

// A row's transaction ended together with the connection.
class OutboxRowFailed : public Error {
    using Error::Error;
};

}  // namespace db
