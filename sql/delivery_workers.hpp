// The table of the delivery daemons that are at work, through which they learn of each other: each says a few
// times a minute that it is alive. One that has been silent for a while is taken for dead.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/connection.hpp"
#include "sql/id.hpp"

namespace db {

class DeliveryWorkers {
  public:
    // name: one at a time has it; who takes it later turns the one before out. token: the process's mark.
    DeliveryWorkers(Connection& connection, std::string name, Id token)
        : connection_(connection), name_(std::move(name)), token_(token) {}

    // All throw Error.
    void join();
    // Says that we are alive, and returns the marks of those who are; nothing if another has our name now.
    [[nodiscard]] std::optional<std::vector<Id>> beat(std::chrono::milliseconds dead_after);
    void leave();

  private:
    Connection& connection_;
    const std::string name_;
    const Id token_;
};

}  // namespace db
