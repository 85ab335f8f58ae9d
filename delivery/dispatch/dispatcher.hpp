// The daemon's main loop: finds due deliveries, claims those that the scheduler picks, hands them to the
// sender thread, and records the outcomes. One thread, with a database connection of its own.
//
// While the database is away, outcomes wait to be recorded. Nothing is claimed then, so their number is
// bounded by that of the claimed deliveries. A batch whose commit is uncertain is run again with the same
// effect. A batch that the database refuses because of something in it is divided, so that it blocks no other
// delivery.
//
// All database errors are handled here. An exception that leaves run() is a fault of the program.
#pragma once

#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "delivery/delivery_log.hpp"
#include "delivery/dispatch/claim_batch_parts.hpp"
#include "delivery/dispatch/database_session.hpp"
#include "delivery/dispatch/in_flight_requests.hpp"
#include "delivery/dispatch/pending_writes.hpp"
#include "delivery/dispatch/shutdown.hpp"
#include "delivery/dispatch/wakeups.hpp"
#include "delivery/failpoint.hpp"
#include "delivery/scan/due_scanner.hpp"
#include "delivery/scan/webhook_admission.hpp"
#include "delivery/schedule/retry_policy.hpp"
#include "delivery/schedule/scheduler.hpp"
#include "delivery/sender_thread.hpp"
#include "delivery/time_scale.hpp"

namespace delivery {

struct DispatcherSettings {
    SessionSettings session;
    SenderSettings sender;
    SchedulerLimits limits;
    std::string wakeup_socket;
    std::chrono::milliseconds poll_interval{250};
    std::chrono::milliseconds lease_margin{15'000};  // beyond the longest request
    std::chrono::milliseconds stop_limit{20'000};    // for the requests in flight
    TimeScale time_scale;
    Failpoint failpoint;
};

class Dispatcher {
  public:
    // Throws what Sender throws.
    Dispatcher(const DispatcherSettings& settings, const security::SecretCipher& secrets,
               const base::Log& log);

    // Runs until stop(), and then until the requests in flight have ended and are recorded, or the time for
    // that is over. Returns false if another worker has taken the name.
    [[nodiscard]] bool run();
    // Both may be called by any thread.
    void stop() const { shutdown_.request(); }
    void wake_up() const { wakeups_.raise(); }

  private:
    using Time = Clock::time_point;

    Dispatcher(const DispatcherSettings& settings, const security::SecretCipher& secrets,
               const base::Log& log, model::Id worker);

    [[nodiscard]] bool has_finished(Time now);
    void wait();
    [[nodiscard]] Time wake_up_at(Time now) const;
    void collect_outcomes();
    void settle(const Outcome& outcome);
    [[nodiscard]] RetryDecision evaluate_outcome(const Sent& sent, const Outcome& outcome);
    void give_back(const db::DeliveryKey& key);
    void begin_to_stop(Time now);

    void work();
    void work_with_database(Time now);
    void heartbeat(Time now);
    void report(Time now);

    void run_batches(Time now);
    [[nodiscard]] bool prepare_batch(Time now);
    void record_and_claim(Time begun);
    void divide_batch(const db::Error& reason);
    void set_aside(const db::ClaimBatch& batch, const db::Error& reason);
    void apply(db::ClaimBatchOutcome outcome, Time begun);
    void send(std::vector<db::ClaimedDelivery> claims, Time begun);
    [[nodiscard]] std::chrono::milliseconds lease_time() const;

    const DispatcherSettings settings_;
    DeliveryLog delivery_log_;
    Failpoint failpoint_;
    Wakeups wakeups_;
    Shutdown shutdown_;
    SenderThread sender_thread_;
    Scheduler scheduler_;
    WebhookAdmission admission_;
    DueScanner scanner_;
    DatabaseSession session_;
    InFlightRequests in_flight_;
    PendingWrites pending_;
    ClaimBatchParts batches_;  // prepared, but not known to be committed
    std::mt19937_64 random_{std::random_device{}()};
    bool has_more_to_do_ = false;  // without waiting
    Time paused_until_{};          // after a fault of the egress proxy
    Time next_report_{};
};

}  // namespace delivery
