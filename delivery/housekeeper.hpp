// The thread that removes what is old (sql/deliveries/retention.hpp), over a connection of its own: a pass now and then,
// a batch at a time, each followed by a pause as long as it took. So it is at work for half of the time while
// it is behind, and the faster the quicker the database is. Several daemons may do it at once. While the
// database is away it tries again later.
#pragma once

#include <chrono>
#include <thread>

#include "common/base/descriptors.hpp"
#include "delivery/journal.hpp"
#include "sql/connection/connection.hpp"
#include "sql/deliveries/retention.hpp"

namespace delivery {

struct HousekeeperSettings {
    db::ConnectionSettings database;
    std::chrono::seconds age{};                              // 0: for ever
    std::chrono::seconds audit_age{std::chrono::days{365}};  // 0: for ever
};

class Housekeeper {
  public:
    Housekeeper(const HousekeeperSettings& settings, const base::Log& log);
    ~Housekeeper();  // ends the pass where it is
    Housekeeper(const Housekeeper&) = delete;
    Housekeeper& operator=(const Housekeeper&) = delete;

  private:
    void run();
    void pass();
    [[nodiscard]] std::chrono::milliseconds interval() const;

    const HousekeeperSettings settings_;
    const Journal journal_;
    base::EventDescriptor stop_;
    std::thread thread_;
};

}  // namespace delivery
