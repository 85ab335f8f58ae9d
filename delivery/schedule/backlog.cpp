#include "delivery/schedule/backlog.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

// For this time refills go on where the last one ended. Then they begin at the start, because deliveries that
// appeared before that position must not wait for the end of a long backlog.
constexpr std::chrono::seconds kReadOnTime{1};

}  // namespace

bool Backlog::contains(model::Id event) const {
    return std::find(events_.begin(), events_.end(), event) != events_.end();
}

bool Backlog::add(model::Id event, std::size_t capacity) {
    if (events_.size() >= capacity) {
        more_ = true;
        return false;
    }
    events_.push_back(event);
    return true;
}

bool Backlog::add_in_order(model::Id event, std::size_t capacity) {
    // It isn't known which events of the database come before one behind the end.
    if (events_.empty() || events_.back() < event) {
        more_ = true;
        return false;
    }
    const bool is_full = events_.size() >= capacity;
    if (is_full) {
        events_.pop_back();
        more_ = true;
    }
    events_.insert(std::ranges::lower_bound(events_, event), event);
    return !is_full;
}

model::Id Backlog::take() {
    const model::Id first = events_.front();
    events_.erase(events_.begin());
    return first;
}

db::DueOf Backlog::request(model::Id webhook, std::size_t capacity, std::size_t known, Time now) {
    db::DueOf wanted{
        .webhook_id = webhook, .most = std::max(capacity, events_.size() + 1) - events_.size(), .behind = {}};
    if (now < read_from_start_at_) {
        wanted.behind = read_to_;
    } else {
        wanted.most += events_.size() + known;  // the answer repeats these
        read_from_start_at_ = now + kReadOnTime;
    }
    return wanted;
}

void Backlog::answer(const db::DueOf& wanted, std::optional<db::DuePosition> last) {
    // A refill that went on from a position has not seen the deliveries before it.
    more_ = last || wanted.behind;
    if (last) {
        read_to_ = std::move(*last);
    } else {
        read_from_start_at_ = {};
    }
    asking_ = false;
}

void Backlog::fill(std::vector<model::Id> events, bool more) {
    events_ = std::move(events);
    more_ = more;
    asking_ = false;
}

void Backlog::fail() {
    read_from_start_at_ = {};
    asking_ = false;
}

}  // namespace delivery
