// The due deliveries of one webhook: the first of them, in the order of their time, and what is known of the
// rest, which is in the queue only.
//
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "delivery/schedule/concurrency_window.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

class Backlog {
  public:
    using Time = Clock::time_point;

    [[nodiscard]] std::size_t size() const { return events_.size(); }
    [[nodiscard]] bool contains(model::Id event) const;
    [[nodiscard]] bool has_more() const { return more_; }
    [[nodiscard]] bool is_asking() const { return asking_; }

    // False if there are as many already; then the queue has more.
    [[nodiscard]] bool add(model::Id event, std::size_t capacity);
    // REQUIRES: there is one.
    model::Id take();
    void expect_more() { more_ = true; }
    // The queue may have more, at any place.
    void start_over() {
        more_ = true;
        read_from_start_at_ = {};
    }
    void clear() { *this = {}; }

    // The queue is to be asked; then comes `request`, then either `answer` or `fail`.
    void begin_asking() { asking_ = true; }
    // known: deliveries of the webhook that are not here but still look due.
    [[nodiscard]] db::DueOf request(model::Id webhook, std::size_t capacity, std::size_t known, Time now);
    // last: the last delivery that the queue gave, if it gave as many as were asked for.
    void answer(const db::DueOf& wanted, std::optional<db::DuePosition> last);
    void fail();

  private:
    std::vector<model::Id> events_;
    db::DuePosition read_to_;    // how far the queue has been read
    Time read_from_start_at_{};  // unless it is this late
    bool more_ = false;          // the queue has some that are not here
    bool asking_ = false;
};

}  // namespace delivery
