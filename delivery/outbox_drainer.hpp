// The thread that turns rows of the outbox into events (sql/events/outbox.hpp). It has a database connection
// of its own, because a fan-out to thousands of webhooks takes long. It looks at the outbox at every
// interval, and calls back when there is something to deliver. Several daemons may do it at once. While the
// database is away the thread tries again every second.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "common/base/descriptors.hpp"
#include "delivery/delivery_log.hpp"
#include "sql/connection/connection.hpp"
#include "sql/events/outbox.hpp"

namespace delivery {

class OutboxDrainer {
  public:
    // drained: called by the thread when it has recorded events.
    OutboxDrainer(const db::ConnectionSettings& database, std::chrono::milliseconds interval,
                  std::function<void()> drained, const base::Log& log);
    ~OutboxDrainer();
    OutboxDrainer(const OutboxDrainer&) = delete;
    OutboxDrainer& operator=(const OutboxDrainer&) = delete;

  private:
    void run();
    void drain();

    const db::ConnectionSettings database_;
    const std::chrono::milliseconds interval_;
    const std::function<void()> drained_;
    const DeliveryLog delivery_log_;
    db::OutboxDrain drain_;
    bool failing_ = false;
    base::EventDescriptor stop_;
    std::thread thread_;
};

}  // namespace delivery
