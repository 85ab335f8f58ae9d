// Which webhooks' deliveries this worker schedules: those whose host the partition (host_partition.hpp) gives to it,
// as long as there is room in memory. Of the others it remembers which they are, so that they aren't looked
// up for each of their deliveries.
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

    // worker: our own mark among the workers.
    WebhookAdmission(Scheduler& scheduler, model::Id worker) : scheduler_(scheduler), partition_(worker) {}

    // Offers these to the scheduler, once it has been looked up whose their webhooks are.
    void admit(db::DueQueue& queue, const std::vector<db::DueDelivery>& due, Time now);
    // Offers one to the scheduler, unless its webhook isn't scheduled here, or it only seems to be due.
    void offer(const db::DeliveryKey& key);
    // A webhook has started afresh: what was learnt of it is forgotten. Whether it is ours.
    [[nodiscard]] bool start_afresh(const db::WebhookAddress& webhook, Time now);
    // The webhook leads to a host of another worker.
    void leave_to_others(model::Id webhook);

    // This one is done, but looks due until that is recorded.
    void finish(const db::DeliveryKey& key) { unrecorded_.insert(key); }
    void record(const db::DeliveryKey& key) { unrecorded_.erase(key); }

    // The marks of the workers that are alive. Whether that changes whose the hosts are: then all that waits
    // is forgotten, because it may be another's now.
    [[nodiscard]] bool update_workers(std::vector<std::uint64_t> alive);
    [[nodiscard]] bool owns(std::string_view origin) const { return partition_.owns(origin); }
    [[nodiscard]] std::size_t workers() const { return partition_.size(); }

    // All that is due is about to be looked at: of the webhooks that aren't scheduled here, some may be by
    // then.
    void forget_others();
    // Whether webhooks were turned away, and there is room for many more now.
    [[nodiscard]] bool has_room_again() const { return !unadmitted_.empty() && scheduler_.is_half_empty(); }
    void forget_turned_away() { unadmitted_.clear(); }

  private:
    [[nodiscard]] bool is_unknown(model::Id webhook) const;
    void look_up(db::DueQueue& queue, const std::vector<model::Id>& webhooks, Time now);

    Scheduler& scheduler_;
    HostPartition partition_;
    std::unordered_set<model::Id> foreign_webhooks_;  // other workers are responsible for them
    std::unordered_set<model::Id> unadmitted_;        // there was no room for them in memory
    std::set<db::DeliveryKey> unrecorded_;
};

}  // namespace delivery
