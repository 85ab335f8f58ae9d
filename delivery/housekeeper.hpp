// The thread that removes old rows (sql/deliveries/retention.hpp), with a database connection of its own. A
// pass removes a batch at a time, and pauses after each batch for as long as it took. So during a pass the
// thread works half of the time, and removes more if the database is quicker. Several daemons may do it at
// once. While the database is away the thread tries again later.
#pragma once

#include <chrono>
#include <thread>

#include "common/base/descriptors.hpp"
#include "delivery/delivery_log.hpp"
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
    const DeliveryLog delivery_log_;
    base::EventDescriptor stop_;
    std::thread thread_;
};

}  // namespace delivery
