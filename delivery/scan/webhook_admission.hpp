// Decides which webhooks this worker schedules: those whose host the partition (host_partition.hpp) gives to
// it, as long as there is room in memory. It remembers the others, so that they aren't looked up for each of
// their deliveries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "delivery/schedule/host_partition.hpp"
#include "delivery/schedule/scheduler.hpp"
#include "sql/deliveries/due_queue.hpp"

namespace delivery {

class WebhookAdmission {
  public:
    using Time = Clock::time_point;

    // worker: this worker's token.
    WebhookAdmission(Scheduler& scheduler, model::Id worker) : scheduler_(scheduler), partition_(worker) {}

    // Looks up the webhooks that are new, and offers the deliveries to the scheduler. Throws db::Error.
    void admit(db::DueQueue& queue, const std::vector<db::DueDelivery>& due, Time now);
    // Offers a delivery to the scheduler, unless its webhook isn't scheduled here or its outcome is not
    // recorded yet.
    void offer(const db::DeliveryKey& key);
    // A webhook has started afresh: forgets what was learnt of it. Returns whether the webhook is ours.
    [[nodiscard]] bool start_afresh(const db::WebhookAddress& webhook, Time now);
    // The webhook's host belongs to another worker.
    void leave_to_others(model::Id webhook);

    // The delivery is done, but looks due in the database until its outcome is recorded.
    void finish(const db::DeliveryKey& key) { unrecorded_.insert(key); }
    void record(const db::DeliveryKey& key) { unrecorded_.erase(key); }
    [[nodiscard]] bool is_recorded(const db::DeliveryKey& key) const { return !unrecorded_.contains(key); }

    // alive: the tokens of the workers that are alive. Returns whether the partition has changed. If so, all
    // deliveries that wait are forgotten, because they may belong to another worker now.
    [[nodiscard]] bool update_workers(std::vector<std::uint64_t> alive);
    [[nodiscard]] bool owns(std::string_view origin) const { return partition_.owns(origin); }
    [[nodiscard]] std::size_t workers() const { return partition_.size(); }

    // Forgets the webhooks that aren't scheduled here, so that the next full scan looks them up again.
    void forget_others();
    // Whether webhooks were turned away and there is room for many more now.
    [[nodiscard]] bool has_room_again() const { return !unadmitted_.empty() && scheduler_.is_half_empty(); }
    void forget_turned_away() { unadmitted_.clear(); }

  private:
    [[nodiscard]] bool is_unknown(model::Id webhook) const;
    void look_up(db::DueQueue& queue, const std::vector<model::Id>& webhooks, Time now);

    Scheduler& scheduler_;
    HostPartition partition_;
    std::unordered_set<model::Id> foreign_webhooks_;  // their hosts belong to other workers
    std::unordered_set<model::Id> unadmitted_;        // there was no room for them in memory
    std::set<db::DeliveryKey> unrecorded_;
};

}  // namespace delivery
