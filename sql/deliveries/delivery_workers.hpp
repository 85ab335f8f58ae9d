// The table of the running delivery daemons, through which they learn of each other. Each daemon updates its
// row a few times a minute, as a heartbeat. A daemon whose heartbeats stop counts as dead after a while.
//
// The silence of another daemon is measured with our own monotonic clock, from the last change of its row. So
// a step of the database's clock does not make a daemon look dead or alive. The database's clock counts only
// for a daemon that is seen for the first time.
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
    std::vector<model::Id> alive;  // the tokens of the live daemons, including ours
    // The database's clock has stepped forward since the last heartbeat, so many deliveries may be due at
    // once.
    bool clock_went_ahead = false;
};

class DeliveryWorkers {
  public:
    // name: only one process uses it at a time; the last to join takes it over. token: identifies this
    // process.
    DeliveryWorkers(Connection& connection, std::string name, model::Id token)
        : connection_(connection), name_(std::move(name)), token_(token) {}

    // All throw Error.
    void join();
    // Writes a heartbeat and reads those of the others. Returns nullopt if another process has our name now.
    [[nodiscard]] std::optional<Heartbeat> heartbeat(std::chrono::milliseconds dead_after);
    void leave();

  private:
    using Clock = std::chrono::steady_clock;
    struct LastHeartbeat {
        std::chrono::microseconds heartbeat_at{};  // by the database's clock
        Clock::time_point seen;                    // when we first saw this value
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
