// The thread that removes what is old (sql/retention.hpp), over a connection of its own: a pass now and then,
// with pauses between its batches. Several daemons may do it at once. While the database is away it tries
// again later.
#pragma once

#include <chrono>
#include <thread>

#include "delivery/event_descriptor.hpp"
#include "delivery/journal.hpp"
#include "sql/connection.hpp"
#include "sql/retention.hpp"

namespace delivery {

struct HousekeeperSettings {
    db::ConnectionSettings database;
    std::chrono::seconds age{};  // 0: for ever
    std::chrono::milliseconds pause{50};
};

class Housekeeper {
  public:
    Housekeeper(const HousekeeperSettings& settings, const fcgi::Log& log);
    ~Housekeeper();  // ends the pass where it is
    Housekeeper(const Housekeeper&) = delete;
    Housekeeper& operator=(const Housekeeper&) = delete;

  private:
    void run();
    void pass();
    [[nodiscard]] std::chrono::milliseconds interval() const;

    const HousekeeperSettings settings_;
    const Journal journal_;
    EventDescriptor stop_;
    std::thread thread_;
};

}  // namespace delivery
