#include "fcgi/connection_table.hpp"

#include <iterator>

namespace fcgi {

Connection& ConnectionTable::add(base::Descriptor socket, std::size_t most_requests, Clock::time_point now) {
    std::list<Connection>& connections = list(State::kPeer);
    Connection& connection = connections.emplace_back(std::move(socket), most_requests);
    connection.place = {State::kPeer, now, std::prev(connections.end())};
    return connection;
}

void ConnectionTable::move(Connection& connection, State state, Clock::time_point now) {
    std::list<Connection>& to = list(state);
    to.splice(to.end(), list(connection.state()), connection.place.self);
    connection.place.state = state;
    connection.place.since = now;
}

Connection* ConnectionTable::first(State state) {
    std::list<Connection>& connections = list(state);
    return connections.empty() ? nullptr : &connections.front();
}

std::size_t ConnectionTable::count() const {
    std::size_t all = 0;
    for (const auto& connections : lists_) all += connections.size();
    return all - count(State::kClosed);
}

}  // namespace fcgi
