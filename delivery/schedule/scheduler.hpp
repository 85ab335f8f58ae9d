// Decides which of the due deliveries may be sent now, so that no receiver gets more than it can take and
// none waits for another.
//
// Each webhook has a queue with a few of its due deliveries, in the order of their due time (backlog.hpp).
// Accounts take turns, and so do the queues of an account, with one delivery each (fair_queue.hpp). A queue
// goes on while its webhook's window and its host's window have room (concurrency_window.hpp); until then it
// waits at no cost. Unhealthy receivers (new ones, and those whose last outcome was not a success) share half
// of all slots, so dead receivers never displace living ones.
//
// A slot is the right to one request in flight. Everything that queues share is divided among accounts
// (fair_share.hpp): slots, slots of the unhealthy, slots of a host, prefetched deliveries, bytes. When too
// many webhooks have queues, a new one evicts queues of the account that has most (occupancy.hpp); a later
// scan finds their deliveries again.
//
// An ordered webhook has one request in flight. Its queue begins with the smallest unfinished event, which is
// read from the database. While that one waits for a later try, so does the queue (scheduler_order.cpp).
//
// For quick receivers that succeed, more deliveries are claimed than their windows let through
// (prefetch.hpp).
//
// Pure: no clock, no database, no network. Memory is bounded by the limits, however many deliveries are due.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
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
    std::size_t queues = 20'000;           // webhooks that have queues
    std::size_t waiting_of_one = 80;       // deliveries in a queue
    std::size_t prefetched = 0;            // in all
    std::size_t bytes = 16 * 1024 * 1024;  // of claimed events
};

class Scheduler {
  public:
    using Time = Clock::time_point;

    explicit Scheduler(const SchedulerLimits& limits);

    [[nodiscard]] bool knows(model::Id webhook) const { return queues_.contains(webhook); }
    // host: security::origin_of() of the URL. Returns false if there is no room for another queue of the
    // account.
    [[nodiscard]] bool add_webhook(const db::WebhookAddress& webhook, const std::string& host, Time now);
    // Forgets what was learnt of the webhook before that generation. The database may have more deliveries of
    // it. host: that of its current URL. If the host is the same, its throttle ends, so one request finds out
    // at once whether it answers again. REQUIRES: the webhook is known.
    void start_afresh(model::Id webhook, const std::string& host, db::Generation generation);
    [[nodiscard]] db::Generation generation_of(model::Id webhook) const {
        return queues_.at(webhook).generation;
    }
    // The webhook belongs to another worker now. Its requests in flight stay ours. REQUIRES: it is known.
    void forget(model::Id webhook);
    // The webhook has another host now. Its requests in flight stay with the former one. REQUIRES: it is
    // known.
    void move_webhook(model::Id webhook, const std::string& host);
    // Whether the webhook gets its deliveries in order. REQUIRES: it is known.
    void set_ordered(model::Id webhook, bool ordered);
    // Adds a delivery that is due. Duplicates, and deliveries beyond the queue's capacity, are ignored.
    // REQUIRES: its webhook is known.
    void offer(const db::DeliveryKey& key);
    // Another worker holds the lease of this delivery, for that time. The database may have more deliveries
    // of its webhook.
    void wait_for_others(const db::DeliveryKey& key, Time now, Clock::duration time);
    // The webhook is ordered, and its deliveries wait for the one of this event, which may be tried after
    // that time; 0: it may be tried now.
    void wait_in_order(model::Id webhook, model::Id event, Time now, Clock::duration time);

    // The refills that queues need. For each, `refill` must follow once its deliveries were offered, or
    // `ask_again` if the database can't be read.
    [[nodiscard]] std::vector<db::DueOf> take_refills(std::size_t most, Time now);
    [[nodiscard]] bool wants_refill() const { return !to_refill_.empty(); }
    // last: the last delivery of the answer, or nullopt if it has fewer than were requested.
    void refill(const db::DueOf& wanted, std::optional<db::DuePosition> last);
    // The same for an ordered webhook: the deliveries, in the order of events, and whether the answer has
    // fewer than were requested.
    void refill_in_order(const db::DueOf& wanted, std::span<const db::UnfinishedDelivery> found, bool is_all,
                         Time now);
    void ask_again(model::Id webhook);

    // The deliveries to claim now. `finish` or `give_up` must follow for each.
    [[nodiscard]] std::vector<db::DeliveryKey> pick(Time now, std::size_t most);
    // The delivery has been claimed; bytes: the size of its event. Returns false if that is more than its
    // account may have now; then `give_up` must follow. REQUIRES: it was picked.
    [[nodiscard]] bool weigh(const db::DeliveryKey& key, std::size_t bytes);
    // How many requests of a known webhook may be in flight now.
    [[nodiscard]] unsigned at_once(model::Id webhook) const { return queues_.at(webhook).window.in_flight(); }
    // The delivery was sent. webhook, host: the feedback for their windows. pause: the throttle that the
    // receiver asks for. took: the duration of the request. REQUIRES: it was picked.
    void finish(const db::DeliveryKey& key, Feedback webhook, Feedback host, Time now,
                Clock::duration pause = {}, Clock::duration took = {});
    // A known webhook has failed or succeeded. Returns whether that is to be recorded: every failure, because
    // it may disable the webhook, but of successes only the first one after failures.
    [[nodiscard]] bool note_health(model::Id webhook, bool fails);
    // Whether the database has a known webhook as failing. It is asked with every claim, because other daemons
    // and users change it, and because the outcomes of an earlier process may have been lost.
    void set_recorded_failing(model::Id webhook, bool failing) {
        queues_.at(webhook).recorded_failing = failing;
    }
    // The delivery wasn't sent. REQUIRES: it was picked.
    void give_up(const db::DeliveryKey& key, Time now) { finish(key, Feedback::kNone, Feedback::kNone, now); }

    // The delivery was prefetched and came back unsent. Nothing more is prefetched until its webhook succeeds
    // again. REQUIRES: it was picked.
    void return_unsent(const db::DeliveryKey& key, Time now);

    // When the next throttle ends, so that more may be picked; Time::max() if no queue is throttled.
    [[nodiscard]] Time next_change() const { return ready_queues_.next_change(); }

    // Forgets everything that isn't in flight, because the host partition has changed.
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
        return queue.ordered ? std::max(queue.read_at_once, limits_.waiting_of_one)
                             : limits_.waiting_of_one + queue.prefetch.claimed;
    }
    [[nodiscard]] bool is_short(const WebhookQueue& queue) const;
    void offer_in_order(const db::DeliveryKey& key, WebhookQueue& queue);
    void end_in_order(model::Id webhook, WebhookQueue& queue, model::Id event, Feedback feedback);
    void read_again(model::Id webhook, WebhookQueue& queue);
    void ask_for_more(model::Id webhook, WebhookQueue& queue);
    db::DeliveryKey claim(model::Id webhook, WebhookQueue& queue, Time now, bool has_slot);
    void take_slot(WebhookQueue& queue, InFlight& request, Time now);
    void release_slot(WebhookQueue& queue, const InFlight& ended, Feedback host, Time now);
    [[nodiscard]] bool make_room(model::Id account, const Host* host, Time now);
    void drop_backlog(model::Id webhook, WebhookQueue& queue);
    void erase(model::Id webhook);

    const SchedulerLimits limits_;
    std::unordered_map<model::Id, WebhookQueue> queues_;
    Hosts hosts_;
    Occupancy<Host> occupancy_;
    ReadyQueues ready_queues_;
    FairQueue<Host> to_refill_;
    FairShare in_flight_;  // slots
    FairShare unhealthy_;  // slots of the unhealthy
    Prefetch prefetch_;
    ByteBudget bytes_;
    std::size_t waiting_ = 0;
};

}  // namespace delivery
