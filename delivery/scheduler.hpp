// Which of the due deliveries may be sent now, so that no receiver gets more than it can take and none waits
// for another.
//
// Each webhook has a lane: a few of its due deliveries, in the order of their time, and a mark that the queue
// has more of them. Lanes take turns, one delivery each. A lane may go on while its webhook's gate and its
// host's gate have room (gate.hpp); until then it stands aside and costs nothing. Receivers that are not
// proven (their last outcome was no success, or they are new) share half of all places, so that the dead
// never take those of the living.
//
// A lane whose receiver is quick and succeeds gets more than its gates let through: those are claimed ahead,
// hold no place, and follow in the places of its others as these end (waiting_room.hpp). So a turn of the
// database, which takes much longer than a quick receiver does, doesn't limit what one webhook gets.
//
// Pure: no clock, no database, no network of its own. Memory is bounded by the limits, however long the queue
// is.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delivery/gate.hpp"
#include "sql/delivery_records.hpp"

namespace delivery {

struct SchedulerLimits {
    std::size_t in_flight = 512;  // in all
    unsigned per_host = 100;
    unsigned per_webhook = 20;
    std::size_t lanes = 20'000;       // webhooks that are kept in mind
    std::size_t waiting_of_one = 80;  // deliveries that a lane holds
    std::size_t ahead = 0;            // claimed ahead, in all
};

class Scheduler {
  public:
    using Time = Clock::time_point;

    explicit Scheduler(const SchedulerLimits& limits) : limits_(limits) {}

    [[nodiscard]] bool knows(db::Id webhook) const { return lanes_.contains(webhook); }
    // host: what receivers are told apart by, see origin.hpp. False if there is no place for another lane.
    [[nodiscard]] bool add_webhook(db::Id webhook, const std::string& host, Time now);
    // The host that a known webhook was added with.
    [[nodiscard]] const std::string& host_of(db::Id webhook) const { return lanes_.at(webhook).host->name; }
    // The webhook goes elsewhere now. What is in flight stays with the former host.
    void move_webhook(db::Id webhook, const std::string& host);
    // A delivery that is due. REQUIRES: its webhook is known. Those it has already, or has no place for, are
    // well.
    void offer(const db::DeliveryKey& key);
    // The queue has deliveries of this webhook, but another worker has them in its hands for so long.
    void wait_for_others(db::Id webhook, Time now, Clock::duration time);

    // What lanes want from the queue; `answer_hunger` is to follow for each, after what the queue offers, or
    // `ask_again`, if it can't be asked.
    [[nodiscard]] std::vector<db::DueOf> take_hungry(std::size_t most, Time now);
    [[nodiscard]] bool has_hungry() const { return !hungry_.empty(); }
    // last: where what the queue had ends, if it had as many as it was asked for.
    void answer_hunger(const db::DueOf& wanted, std::optional<db::DuePlace> last);
    void ask_again(db::Id webhook);

    // Those to claim now; they are ours until `finish` or `give_up`.
    [[nodiscard]] std::vector<db::DeliveryKey> pick(Time now, std::size_t most);
    // How many requests of a known webhook may be under way now, at most.
    [[nodiscard]] unsigned at_once(db::Id webhook) const { return lanes_.at(webhook).gate.in_flight(); }
    // It was sent, with that result, and took so long. REQUIRES: it was picked.
    void finish(const db::DeliveryKey& key, Signal webhook, Signal host, Time now, Clock::duration hold = {},
                Clock::duration took = {});
    // It wasn't sent. REQUIRES: it was picked.
    void give_up(const db::DeliveryKey& key, Time now) { finish(key, Signal::kNone, Signal::kNone, now); }

    // It was claimed ahead and came back, so nothing more is until its webhook succeeds again. REQUIRES: it
    // was picked.
    void come_back(const db::DeliveryKey& key, Time now);

    // When something may be picked that may not be picked now, as time goes by; Time::max() if nothing.
    [[nodiscard]] Time next_change() const;

    // Forgets all that isn't in flight: what this worker is responsible for has changed.
    void forget_waiting();

    [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
    [[nodiscard]] std::size_t ahead() const { return ahead_; }
    [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }
    [[nodiscard]] std::size_t waiting() const { return waiting_; }

  private:
    struct Host {
        Host(std::string its_name, unsigned most) : name(std::move(its_name)), gate(most) {}
        std::string name;
        Gate gate;
        std::size_t lanes = 0;
        std::list<db::Id> aside;          // lanes that wait for its room
        std::unordered_set<db::Id> held;  // lanes that were held while it was let alone; some may go on since
    };
    struct Flight {
        db::Id event = 0;
        Time started;
        bool unproven = false;
        bool ahead = false;  // it holds no place yet
        Host* host = nullptr;
    };
    enum class Stand { kIdle, kReady, kHeld, kAtHost, kAtShare };

    struct Lane {
        Lane(Host* its_host, unsigned most) : host(its_host), gate(most) {}
        Host* host;
        Gate gate;
        std::vector<db::Id> waiting;  // events
        std::vector<Flight> flights;
        std::size_t ahead = 0;      // of these
        std::size_t successes = 0;  // in a row
        Clock::duration pace{};     // how long its last ones took
        db::DuePlace read_to;       // so far has the queue been read
        Time read_from_start_at{};  // unless it is this late
        Time others_until{};        // others have what it wants
        bool more = false;          // the queue has some that are not here
        bool asked = false;         // it is among the hungry
        Stand stand = Stand::kIdle;
    };
    struct Timer {
        Time at;
        db::Id webhook = 0;
        bool operator<(const Timer& other) const { return at > other.at; }
    };
    using Timers = std::priority_queue<Timer>;

    void make_ready(db::Id webhook, Lane& lane);
    void hold(db::Id webhook, Lane& lane, Time until);
    void wake_held(Time now);
    void wake_share();
    void wake_host(Host& host);
    void open_host(Host& host);
    [[nodiscard]] static Time held_until(const Lane& lane);
    [[nodiscard]] bool may_send(const Lane& lane, Time now) const;
    [[nodiscard]] bool may_claim_ahead(const Lane& lane, Time now) const;
    void stand_aside(db::Id webhook, Lane& lane, Time now);
    [[nodiscard]] bool has_nothing(db::Id webhook, Lane& lane, Time now);
    [[nodiscard]] static bool is_unproven(const Lane& lane);
    [[nodiscard]] std::size_t capacity(const Lane& lane) const { return limits_.waiting_of_one + lane.ahead; }
    void ask_for_more(db::Id webhook, Lane& lane);
    void end_asking(db::Id webhook, Lane& lane);
    db::DeliveryKey claim(db::Id webhook, Lane& lane, Time now, bool ahead);
    void take_place(Lane& lane, Flight& flight, Time now);
    void leave_place(Lane& lane, const Flight& ended, Signal host, Time now);
    void note(Lane& lane, Signal signal, Clock::duration took) const;
    [[nodiscard]] bool make_place(Time now);
    void erase(db::Id webhook);
    [[nodiscard]] Host& host_named(const std::string& name);
    void forget_if_unused(Host& host);
    void forget_unused_hosts();
    [[nodiscard]] std::size_t unproven_share() const { return (limits_.in_flight + 1) / 2; }

    const SchedulerLimits limits_;
    std::unordered_map<db::Id, Lane> lanes_;
    std::unordered_map<std::string, Host> hosts_;
    std::deque<db::Id> ready_;
    std::deque<db::Id> at_share_;
    std::deque<db::Id> hungry_;
    Timers held_;
    std::size_t in_flight_ = 0;  // that hold a place
    std::size_t ahead_ = 0;
    std::size_t unproven_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace delivery
