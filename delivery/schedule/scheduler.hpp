// Which of the due deliveries may be sent now, so that no receiver gets more than it can take and none waits
// for another.
//
// Each webhook has a queue: a few of its due deliveries, in the order of their time (backlog.hpp). Queues take
// turns, one delivery each: those of an account among themselves, as accounts do (fair_queue.hpp). A queue may
// go on while its webhook's window and its host's window have room (concurrency_window.hpp); until then it stands aside and
// costs nothing. Receivers that are not healthy (their last outcome was no success, or they are new) share
// half of all places, so that the dead never take those of the living.
//
// Whatever queues have together is divided among accounts (fair_share.hpp): requests in flight, those to the
// unhealthy, those at one host, what is prefetched, bytes. Queues themselves are kept as long as there is
// room; a newcomer's place is taken from the account that has most (occupancy.hpp), and what that queue knew
// is read from the queue again.
//
// For a queue whose receiver is quick and succeeds, more is claimed than its windows let through (prefetch.hpp).
//
// Pure: no clock, no database, no network of its own. Memory is bounded by the limits, however long the queue
// is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "delivery/schedule/concurrency_window.hpp"
#include "delivery/schedule/fairness/byte_budget.hpp"
#include "delivery/schedule/fairness/fair_queue.hpp"
#include "delivery/schedule/fairness/fair_share.hpp"
#include "delivery/schedule/fairness/occupancy.hpp"
#include "delivery/schedule/hosts.hpp"
#include "delivery/schedule/prefetch.hpp"
#include "delivery/schedule/ready_queues.hpp"
#include "delivery/schedule/webhook_queue.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

struct SchedulerLimits {
    std::size_t in_flight = 512;  // in all
    unsigned per_host = 100;
    unsigned per_webhook = 20;
    std::size_t queues = 20'000;           // webhooks that are kept in mind
    std::size_t waiting_of_one = 80;       // deliveries that a queue holds
    std::size_t prefetched = 0;            // in all
    std::size_t bytes = 16 * 1024 * 1024;  // of events that are claimed
};

class Scheduler {
  public:
    using Time = Clock::time_point;

    explicit Scheduler(const SchedulerLimits& limits);

    [[nodiscard]] bool knows(model::Id webhook) const { return queues_.contains(webhook); }
    // host: what security::origin_of() makes of the URL. False if there is no place for another queue of its
    // account.
    [[nodiscard]] bool add_webhook(const db::WebhookAddress& webhook, const std::string& host, Time now);
    // Forgets what was learnt of a known webhook before that generation; the queue may have more of it. host:
    // where it leads now. If that is the same host, one request finds out at once whether it answers again.
    void start_afresh(model::Id webhook, const std::string& host, db::Generation generation);
    [[nodiscard]] db::Generation generation_of(model::Id webhook) const {
        return queues_.at(webhook).generation;
    }
    // The webhook is another worker's now. What is in flight stays ours.
    void forget(model::Id webhook);
    // The webhook goes elsewhere now. What is in flight stays with the former host.
    void move_webhook(model::Id webhook, const std::string& host);
    // Adds a delivery that is due. Duplicates, and deliveries beyond the queue's capacity, are ignored.
    // REQUIRES: its webhook is known.
    void offer(const db::DeliveryKey& key);
    // The queue has deliveries of this webhook, but another worker holds their lease for so long.
    void wait_for_others(model::Id webhook, Time now, Clock::duration time);

    // What queues want from the queue. For each, `refill` must follow once its deliveries were offered,
    // or `ask_again` if the queue can't be asked.
    [[nodiscard]] std::vector<db::DueOf> take_refills(std::size_t most, Time now);
    [[nodiscard]] bool wants_refill() const { return !to_refill_.empty(); }
    // last: the last delivery that the queue gave, if it gave as many as were asked for.
    void refill(const db::DueOf& wanted, std::optional<db::DuePosition> last);
    void ask_again(model::Id webhook);

    // The deliveries to claim now. `finish` or `give_up` must follow for each.
    [[nodiscard]] std::vector<db::DeliveryKey> pick(Time now, std::size_t most);
    // The delivery has been claimed, and its event has so many bytes. False if that is more than its account
    // may have now: then `give_up` must follow. REQUIRES: it was picked.
    [[nodiscard]] bool weigh(const db::DeliveryKey& key, std::size_t bytes);
    // How many requests of a known webhook may be under way now, at most.
    [[nodiscard]] unsigned at_once(model::Id webhook) const { return queues_.at(webhook).window.in_flight(); }
    // It was sent, with that result, and took so long. REQUIRES: it was picked.
    void finish(const db::DeliveryKey& key, Feedback webhook, Feedback host, Time now,
                Clock::duration pause = {}, Clock::duration took = {});
    // Whether a known webhook fails, if that has changed since it was added, or since the last call.
    [[nodiscard]] std::optional<bool> take_change_of_health(model::Id webhook);
    // It wasn't sent. REQUIRES: it was picked.
    void give_up(const db::DeliveryKey& key, Time now) { finish(key, Feedback::kNone, Feedback::kNone, now); }

    // It was prefetched and not sent, so nothing more is until its webhook succeeds again. REQUIRES: it
    // was picked.
    void return_unsent(const db::DeliveryKey& key, Time now);

    // When a queue's hold is over, so that more may be picked; Time::max() if none is held.
    [[nodiscard]] Time next_change() const { return ready_queues_.next_change(); }

    // Forgets all that isn't in flight: what this worker is responsible for has changed.
    void forget_waiting();

    [[nodiscard]] std::size_t in_flight() const { return in_flight_.used(); }
    [[nodiscard]] std::size_t prefetched() const { return prefetch_.used(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.used(); }
    [[nodiscard]] std::size_t queues() const { return queues_.size(); }
    [[nodiscard]] bool is_half_empty() const { return queues_.size() <= limits_.queues / 2; }
    [[nodiscard]] std::size_t waiting() const { return waiting_; }

  private:
    using State = WebhookQueue::State;

    void wake_throttled(Time now);
    void wake_host(Host& host);
    void wake_all_of(const Host& host);
    [[nodiscard]] std::optional<model::Id> next();
    [[nodiscard]] bool may_send(const WebhookQueue& queue, Time now) const;
    void set_aside(model::Id webhook, WebhookQueue& queue, Time now);
    [[nodiscard]] bool has_nothing(model::Id webhook, WebhookQueue& queue, Time now);
    [[nodiscard]] std::size_t capacity(const WebhookQueue& queue) const {
        return limits_.waiting_of_one + queue.prefetch.claimed;
    }
    void ask_for_more(model::Id webhook, WebhookQueue& queue);
    db::DeliveryKey claim(model::Id webhook, WebhookQueue& queue, Time now, bool has_slot);
    void take_place(WebhookQueue& queue, InFlight& request, Time now);
    void leave_place(WebhookQueue& queue, const InFlight& ended, Feedback host, Time now);
    [[nodiscard]] bool make_place(model::Id account, const Host* host, Time now);
    void drop_backlog(model::Id webhook, WebhookQueue& queue);
    void erase(model::Id webhook);

    const SchedulerLimits limits_;
    std::unordered_map<model::Id, WebhookQueue> queues_;
    Hosts hosts_;
    Occupancy<Host> occupancy_;
    ReadyQueues ready_queues_;
    FairQueue<Host> to_refill_;
    FairShare in_flight_;  // that hold a place
    FairShare unhealthy_;  // of these
    Prefetch prefetch_;
    ByteBudget bytes_;
    std::size_t waiting_ = 0;
};

}  // namespace delivery
