// Drains the outbox, a table to which applications that share the database write events in their own
// transactions (docs/outbox.md). Draining turns each row into an event with its deliveries, exactly once: one
// transaction records the event and removes the row.
//
// A row that can't become an event is set aside: it stays, with the time and the reason, and is ignored until
// the operator releases it. Rows that the database refuses are set aside at once. If a row's transaction
// takes too long, loses its connection, or times out waiting for a lock, the row is tried up to kMostTries
// times, alone and after the others, with pauses that double. Errors of the database as a whole, such as a
// full disk, are not charged to any row.
//
// Any number of drains may run at once.
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

    // first_pause: the time between the first and the second try of a row.
    explicit OutboxDrain(std::chrono::milliseconds first_pause = std::chrono::seconds{1})
        : first_pause_(first_pause) {}

    // Takes at most `most` rows, the oldest first. Returns how many it took, including those that it set
    // aside; 0 if no row can be taken now. Throws Error; earlier transactions stay committed. After
    // OutboxRowFailed the next call, with another connection, continues with the other rows.
    std::size_t drain(Connection& connection, std::size_t most);

    // Whether rows wait for another try.
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

    // Each runs one transaction. If a row makes it fail, the try is charged to that row, which counts as
    // taken if it is set aside.
    Progress take_untroubled(Connection& connection, std::size_t most);
    std::size_t take_troubled(Connection& connection, std::uint64_t row);
    std::size_t blame(Connection& connection, std::uint64_t row, const Error& error);
    bool set_aside_if_hopeless(Connection& connection, std::uint64_t row);

    const std::chrono::milliseconds first_pause_;
    std::map<std::uint64_t, Trouble> troubled_;  // rows that failed and may be tried again
};

// The connection was lost in a row's transaction.
class OutboxRowFailed : public Error {
    using Error::Error;
};

}  // namespace db
