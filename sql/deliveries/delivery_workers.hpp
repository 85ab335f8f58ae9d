// The table of the delivery daemons that are at work. They learn of each other through it: each writes a few
// times a minute that it is alive. A daemon that has been silent for a while is taken for dead.
//
// Our own monotonic clock measures the silence of another daemon, from the last change of its row. So a step
// of the database's clock makes no daemon look dead or alive. The database's clock counts only for a daemon
// that is seen for the first time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/model/id.hpp"
#include "sql/connection/connection.hpp"

namespace db {

struct Heartbeat {
    std::vector<model::Id> alive;  // the tokens of those that are, ours among them
    // The database's clock made a step forward since the last heartbeat, so much may be due at once.
    bool clock_went_ahead = false;
};

class DeliveryWorkers {
  public:
    // name: one process has it at a time; the last to join takes it from the others. token: the process's
    // own.
    DeliveryWorkers(Connection& connection, std::string name, model::Id token)
        : connection_(connection), name_(std::move(name)), token_(token) {}

    // All throw Error.
    void join();
    // Writes that we are alive. Nothing if another process has our name now.
    [[nodiscard]] std::optional<Heartbeat> heartbeat(std::chrono::milliseconds dead_after);
    void leave();

  private:
    using Clock = std::chrono::steady_clock;
    struct LastHeartbeat {
        std::chrono::microseconds heartbeat_at{};  // by the database's clock
        Clock::time_point seen;                    // when it was new to us
    };

    void send_heartbeat();
    [[nodiscard]] LastHeartbeat heartbeat_of(model::Id token, LastHeartbeat now,
                                             std::chrono::microseconds silence) const;
    [[nodiscard]] bool went_ahead(const LastHeartbeat& ours) const;

    Connection& connection_;
    const std::string name_;
    const model::Id token_;
    std::map<model::Id, LastHeartbeat> heartbeats_;  // as of the last heartbeat
};

}  // namespace db
