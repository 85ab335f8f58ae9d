// The table of the delivery daemons that are at work, through which they learn of each other: each says a few
// times a minute that it is alive. One that has been silent for a while is taken for dead.
//
// How long another has been silent is told by our own monotonic clock, from when its sign last changed, so
// that a step of the database's clock makes nobody look dead or alive. Only at first sight, when there is
// nothing else to go by, the database's clock tells.
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

struct Beat {
    std::vector<model::Id> alive;  // the marks of those who are, ours among them
    // The database's clock has made a step forward since the last one: much may be due all at once.
    bool clock_went_ahead = false;
};

class DeliveryWorkers {
  public:
    // name: one at a time has it; who takes it later turns the one before out. token: the process's mark.
    DeliveryWorkers(Connection& connection, std::string name, model::Id token)
        : connection_(connection), name_(std::move(name)), token_(token) {}

    // All throw Error.
    void join();
    // Says that we are alive; nothing if another has our name now.
    [[nodiscard]] std::optional<Beat> beat(std::chrono::milliseconds dead_after);
    void leave();

  private:
    using Clock = std::chrono::steady_clock;
    struct Sign {
        std::chrono::microseconds beat_at{};  // by the database's clock
        Clock::time_point seen;               // when it was new to us
    };

    void give_sign();
    [[nodiscard]] Sign sign_of(model::Id token, Sign now, std::chrono::microseconds silence) const;
    [[nodiscard]] bool went_ahead(const Sign& ours) const;

    Connection& connection_;
    const std::string name_;
    const model::Id token_;
    std::map<model::Id, Sign> signs_;  // as of the last beat
};

}  // namespace db
