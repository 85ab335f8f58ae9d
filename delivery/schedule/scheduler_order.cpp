// The part of the scheduler that keeps the order of ordered webhooks.
//
// The database decides whether a delivery may be claimed (sql/deliveries/delivery_order.hpp). The scheduler
// proposes the smallest unfinished event. So it reads the queue from the database: whenever the queue is
// empty, and whenever a request didn't succeed or a delivery couldn't be claimed. Deliveries that scans find
// go in between those in the queue, or cause the next read.
//
// If the first delivery is to be tried later, it is the head, and the queue waits. A scan finds the head when
// it becomes due. Changes that no scan finds (the head has ended, its webhook was disabled) are looked for
// now and then, by reading only the head.
#include "delivery/schedule/scheduler.hpp"

namespace delivery {
namespace {

// The longest wait for a head before it is looked at again.
constexpr std::chrono::seconds kLookAtHead{5};
// A long queue is read in larger parts, because each read sorts all unfinished deliveries of the webhook.
constexpr std::size_t kMostParts = 8;  // of waiting_of_one

}  // namespace

void Scheduler::set_ordered(model::Id webhook, bool ordered) {
    WebhookQueue& queue = queues_.at(webhook);
    if (queue.ordered == ordered) return;
    queue.ordered = ordered;
    queue.read_at_once = 0;
    Prefetch::stop(queue.prefetch);
    read_again(webhook, queue);
}

// Forgets what is in memory. The next deliveries are those that the database has then.
void Scheduler::read_again(model::Id webhook, WebhookQueue& queue) {
    queue.head = 0;
    queue.others_until = {};
    drop_backlog(webhook, queue);
    queue.backlog.expect_more();
    ready_queues_.add(webhook, queue);
}

void Scheduler::offer_in_order(const db::DeliveryKey& key, WebhookQueue& queue) {
    if (queue.head != 0 && key.event_id <= queue.head) return read_again(key.webhook_id, queue);
    if (queue.backlog.add_in_order(key.event_id, capacity(queue))) ++waiting_;
    if (queue.state == State::kIdle) ready_queues_.add(key.webhook_id, queue);
}

void Scheduler::wait_in_order(model::Id webhook, model::Id event, Time now, Clock::duration time) {
    set_ordered(webhook, true);
    WebhookQueue& queue = queues_.at(webhook);
    read_again(webhook, queue);
    if (time.count() > 0) {
        queue.head = event;
        queue.others_until = now + std::min<Clock::duration>(time, kLookAtHead);
    } else if (queue.request_of(event) == queue.requests.end()) {
        queue.backlog.fill({event}, true);
        ++waiting_;
    }
}

void Scheduler::refill_in_order(const db::DueOf& wanted, std::span<const db::UnfinishedDelivery> found,
                                bool is_all, Time now) {
    const auto known = queues_.find(wanted.webhook_id);
    if (known == queues_.end()) return;
    WebhookQueue& queue = known->second;
    if (!found.empty() && found.front().due_in.count() > 0) {
        return wait_in_order(wanted.webhook_id, found.front().key.event_id, now, found.front().due_in);
    }
    // The wait for the head is over, so the queue is read from its beginning.
    if (wanted.head != 0) return read_again(wanted.webhook_id, queue);
    std::vector<model::Id> events;
    events.reserve(found.size());
    for (const db::UnfinishedDelivery& one : found) {
        if (one.due_in.count() > 0) break;
        events.push_back(one.key.event_id);
    }
    waiting_ += events.size();
    const bool more = !is_all || events.size() < found.size();
    queue.backlog.fill(std::move(events), more);
    queue.read_at_once = is_all ? 0 : std::min(2 * capacity(queue), kMostParts * limits_.waiting_of_one);
    if (queue.state == State::kIdle) ready_queues_.add(wanted.webhook_id, queue);
}

// A request has ended, or a delivery wasn't sent. Unless it has succeeded, it may still be the first.
void Scheduler::end_in_order(model::Id webhook, WebhookQueue& queue, model::Id event, Feedback feedback) {
    const bool may_be_first = feedback != Feedback::kSuccess;
    const bool has_others = queue.backlog.size() != 0 || queue.backlog.has_more();
    if (has_others && (may_be_first || queue.head == event)) read_again(webhook, queue);
}

}  // namespace delivery
