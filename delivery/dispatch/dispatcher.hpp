// The daemon's loop: finds what is due, claims what the scheduler lets go, hands it to the sender thread, records
// what came of it. One thread, with the one database connection that delivers.
//
// While the database is away outcomes wait to be recorded; nothing is claimed, so they are at most as many as
// were claimed. A batch whose commit is uncertain is taken again: it has the same effect. One that the
// database refuses because of something in it is divided, so that it keeps nobody else from being served.
//
// Every fault of the database is dealt with here; nothing but a fault of our own leaves run().
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
    std::chrono::milliseconds lease_margin{15'000};  // beyond the longest that a request takes
    std::chrono::milliseconds stop_limit{20'000};    // for what is in flight when it is told to stop
    TimeScale time_scale;
    Failpoint failpoint;
};

class Dispatcher {
  public:
    // Throws what Sender throws.
    Dispatcher(const DispatcherSettings& settings, const security::SecretCipher& secrets,
               const base::Log& log);

    // Until stop(), and then until what was in flight has ended and is recorded, or the time for that is
    // over. False if another worker has taken the name.
    [[nodiscard]] bool run();
    // Both: any thread.
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
    [[nodiscard]] RetryDecision validate_outcome(const Sent& sent, const Outcome& outcome);
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
    ClaimBatchParts batches_;  // prepared, and not known to be committed
    std::mt19937_64 random_{std::random_device{}()};
    bool has_more_to_do_ = false;  // without waiting
    Time paused_until_{};          // the egress proxy is out of order
    Time next_report_{};
};

}  // namespace delivery
