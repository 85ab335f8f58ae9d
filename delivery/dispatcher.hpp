// The daemon's loop: looks into the queue for what is due, claims what the scheduler lets go, hands it to the
// carrier, records what came of it. One thread, with the one database connection that delivers.
//
// How it finds what is due: a scan of the index of next tries from where the last one began, less a short
// overlap for transactions that commit out of order, at every nudge and a few times a second; so each
// delivery is looked at about once, however many are waiting. The same with a long overlap once a second, and
// a full scan at the start, when workers come or go, and now and then, find what that misses (what was in a
// transaction that took long, what a worker had that died): a small page at a time, between the other work.
// Scans rest in proportion to the time they take, so nudges under load don't become more work. A burst that
// takes long to look at is left to a scan of its own, so that what is new since doesn't wait for its end.
//
// A webhook that starts afresh (sql/deliveries/delivery_store.hpp) is found within the interval of the poll by every
// daemon, whoever was responsible for it: what was learnt of it is forgotten, and what waits for a later try
// is made due.
//
// While the database is away outcomes wait to be recorded; nothing is claimed, so they are at most as many as
// were claimed. A turn whose commit is uncertain is taken again: it has the same effect. One that the
// database refuses because of something in it is divided, so that it keeps nobody else from being served.
//
// Every fault of the database is dealt with here; nothing but a fault of our own leaves run().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/descriptors.hpp"
#include "common/base/nudge.hpp"
#include "delivery/carrier.hpp"
#include "delivery/failpoint.hpp"
#include "delivery/journal.hpp"
#include "delivery/schedule/roster.hpp"
#include "delivery/schedule/scheduler.hpp"
#include "delivery/schedule/turn_parts.hpp"
#include "delivery/schedule/verdict.hpp"
#include "delivery/time_scale.hpp"
#include "sql/deliveries/delivery_queue.hpp"
#include "sql/deliveries/delivery_workers.hpp"

namespace delivery {

struct DispatcherSettings {
    db::ConnectionSettings database;
    SenderSettings sender;
    SchedulerLimits limits;
    std::string worker_name;
    std::string nudge_socket;
    std::chrono::milliseconds poll_interval{250};
    std::chrono::milliseconds lease_margin{15'000};  // beyond the longest that a request takes
    std::chrono::milliseconds stop_limit{20'000};    // for what is in flight when it is told to stop
    std::chrono::milliseconds beat_interval{2'000};
    std::chrono::milliseconds dead_after{10'000};
    TimeScale time_scale;
    Failpoint failpoint;
};

class Dispatcher {
  public:
    // Throws what Sender throws.
    Dispatcher(const DispatcherSettings& settings, const security::SecretBox& secrets, const base::Log& log);

    // Until stop(), and then until what was in flight has ended and is recorded, or the time for that is
    // over. False if another worker has taken the name.
    [[nodiscard]] bool run();
    // Both: any thread.
    void stop() const { stop_.raise(); }
    void nudge() const { nudge_.raise(); }

  private:
    using Time = Clock::time_point;

    // What is tied to one session with the database.
    struct Session {
        Session(const DispatcherSettings& settings, const security::SecretBox& secrets, model::Id lease)
            : connection(settings.database),
              queue(connection, secrets, lease),
              workers(connection, settings.worker_name, lease) {}
        db::Connection connection;
        db::DeliveryQueue queue;
        db::DeliveryWorkers workers;
    };
    // A scan under way: the place it has come to.
    struct Sweep {
        std::optional<db::DuePlace> place;
        Time begun{};
        Clock::duration spent{};  // in it so far
        Time next{};              // not before
    };
    struct Flight {
        db::DeliveryKey key;
        db::Generation generation = 0;
        model::Id attempt_id = 0;
        std::int32_t retries = 0;
        std::optional<std::chrono::microseconds> since_first_try;  // when it was claimed
        Time claimed{};
    };

    [[nodiscard]] bool finished(Time now);
    void wait();
    [[nodiscard]] Time wake_up_at(Time now) const;
    void collect_outcomes();
    void settle(const Outcome& outcome);
    void give_back(const db::DeliveryKey& key);
    void begin_to_stop(Time now);

    void work();
    void connect();
    void lose_session(const db::Error& reason);
    void beat(Time now);
    void scan(Time now);
    void read_recent(Time now);
    void leave_burst_behind(Time now);
    void read_burst(Time now);
    void scan_behind(Time now);
    void look_for_turned_away();
    void begin(Sweep& sweep, Time now, std::optional<Clock::duration> ago);
    [[nodiscard]] bool sweep(Sweep& sweep, Time now, std::size_t page);
    void admit(const std::vector<db::DueDelivery>& due, Time now);
    void offer(const db::DeliveryKey& key);
    void add_lanes(const std::vector<model::Id>& webhooks, Time now);
    void feed_hungry();
    void look_for_fresh_starts(Time now);
    void adopt(const db::WebhookAddress& webhook, Time now);
    void leave_to_others(model::Id webhook);
    void make_the_rest_due();

    void take_turns(Time now);
    [[nodiscard]] bool prepare_turn(Time now);
    void take_turn(Time begun);
    [[nodiscard]] bool is_fault_of_turn(const db::Error& error);
    void divide_turn(const db::Error& reason);
    void set_aside(const db::Turn& turn, const db::Error& reason);
    void apply(db::TurnOutcome outcome, Time begun);
    void send(std::vector<db::ClaimedDelivery> claims, Time begun);
    [[nodiscard]] std::chrono::milliseconds lease_time() const;
    void report(Time now);

    const DispatcherSettings settings_;
    const security::SecretBox& secrets_;
    const model::Id lease_ = model::draw_id();
    Journal journal_;
    Failpoint failpoint_;
    base::EventDescriptor stop_;
    base::EventDescriptor nudge_;
    base::NudgeSocket nudges_;
    Carrier carrier_;
    Scheduler scheduler_;
    Roster roster_{lease_};
    std::mt19937_64 random_{std::random_device{}()};

    std::optional<Session> session_;
    Time connect_at_{};
    std::chrono::milliseconds back_off_{};
    Sweep recent_;  // of what is new
    // Behind a burst, nudges go on where that scan has ended; the overlap is looked at again at the poll.
    bool recent_burst_ = false;
    std::size_t recent_rows_ = 0;
    db::DuePlace recent_end_;
    Sweep burst_;  // that the scan of what is new has left behind
    Sweep long_;   // the same as that scan with a long overlap
    Sweep full_;
    Time fresh_looked_ = Clock::now();                  // when it was last looked for fresh starts
    std::map<model::Id, db::Generation> fresh_starts_;  // that were found then
    std::vector<model::Id> to_make_due_;  // webhooks with deliveries that may still wait for a later try
    bool nudged_ = true;
    bool rescan_ = true;
    std::unordered_set<model::Id> strangers_;    // webhooks that other workers are responsible for
    std::unordered_set<model::Id> turned_away_;  // webhooks that had no place in memory

    std::unordered_map<std::uint64_t, Flight> flights_;
    std::uint64_t next_tag_ = 1;
    std::vector<db::FinishedDelivery> finished_;
    std::set<db::DeliveryKey> unrecorded_;  // those, and those of the turn: they still look due
    std::vector<db::DeliveryKey> given_back_;
    TurnParts turns_;                       // prepared, and not known to be committed
    std::vector<db::DeliveryKey> put_off_;  // to be
    unsigned losses_ = 0;                   // of the connection in a row, each with the same turn
    bool more_to_do_ = false;               // without waiting
    Time paused_until_{};                   // the egress proxy is out of order

    Time next_beat_{};
    Time next_report_{};
    Time next_nudge_socket_{};
    std::optional<Time> stop_at_;  // stopping; when the requests in flight are cut off
    bool cancelled_ = false;
    bool turned_out_ = false;
};

}  // namespace delivery
