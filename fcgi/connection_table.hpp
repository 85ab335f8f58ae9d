// The connections of one I/O thread, each in the list of what it waits for. Every list is in the order in which
// the connections came to it, so its first one is also the first whose time has passed.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <utility>

#include "fcgi/connection.hpp"

namespace fcgi {

class ConnectionTable {
  public:
    using Clock = Connection::Clock;
    using State = Connection::State;

    // It waits for its peer.
    Connection& add(base::Descriptor socket, std::size_t most_requests, Clock::time_point now);
    // Puts it at the end of the list, also if it is in that list.
    void move(Connection& connection, State state, Clock::time_point now);
    // The first of a list, or null.
    [[nodiscard]] Connection* first(State state);
    [[nodiscard]] std::list<Connection>& list(State state) {
        return lists_.at(static_cast<std::size_t>(state));
    }
    [[nodiscard]] std::size_t count(State state) const {
        return lists_.at(static_cast<std::size_t>(state)).size();
    }
    // Those that are not closed.
    [[nodiscard]] std::size_t count() const;
    void destroy_closed() { list(State::kClosed).clear(); }

  private:
    static constexpr std::size_t kStates = 5;

    std::array<std::list<Connection>, kStates> lists_;
};

}  // namespace fcgi
