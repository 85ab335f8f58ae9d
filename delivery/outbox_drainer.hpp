// The thread that turns what other programs write to the outbox into events (sql/events/outbox.hpp), over a
// connection of its own, because a fan-out to thousands of webhooks takes its time: it looks a few times a
// second, and tells when there is something to deliver. Several daemons may do it at once. While the database
// is away it tries again.
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
    // drained: called by the thread, when events have been recorded.
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
