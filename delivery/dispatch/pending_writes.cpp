#include "delivery/dispatch/pending_writes.hpp"

#include <iterator>
#include <utility>

namespace delivery {
namespace {

constexpr std::size_t kMostRecords = 1024;  // in a transaction

// Removes and returns the first items, at most `most`.
template <class Item>
std::vector<Item> take_first(std::vector<Item>& items, std::size_t most) {
    if (items.size() <= most) return std::exchange(items, {});
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(most);
    std::vector<Item> taken(std::move_iterator(items.begin()), std::move_iterator(end));
    items.erase(items.begin(), end);
    return taken;
}

}  // namespace

db::ClaimBatch PendingWrites::take(std::chrono::microseconds lease_time) {
    db::ClaimBatch batch;
    batch.finished = take_first(outcomes_, kMostRecords);
    batch.given_back = take_first(given_back_, kMostRecords);
    batch.lease_time = lease_time;
    return batch;
}

std::optional<db::DeliveryKey> PendingWrites::take_put_off() {
    if (put_off_.empty()) return std::nullopt;
    const db::DeliveryKey key = put_off_.back();
    put_off_.pop_back();
    return key;
}

}  // namespace delivery
