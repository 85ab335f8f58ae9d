// The due deliveries of one webhook that are in memory, in the order of their due time, and whether the
// database has more of them.
//
// The backlog of an ordered webhook is in the order of events, and begins with the smallest unfinished one.
// So it takes what `fill` reads from the database, and of other deliveries only those that come before its
// end.
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

    // Returns false if the backlog is full. The database has more deliveries then.
    [[nodiscard]] bool add(model::Id event, std::size_t capacity);
    // The same for an ordered webhook. Returns whether the backlog has grown.
    [[nodiscard]] bool add_in_order(model::Id event, std::size_t capacity);
    // REQUIRES: the backlog isn't empty.
    model::Id take();
    void expect_more() { more_ = true; }
    // The database may have more deliveries, anywhere in their order.
    void start_over() {
        more_ = true;
        read_from_start_at_ = {};
    }
    void clear() { *this = {}; }

    // Starts a refill. `request` must follow, then either `answer` or `fail`.
    void begin_asking() { asking_ = true; }
    // known: deliveries of the webhook that are in flight, and so still look due to the database.
    [[nodiscard]] db::DueOf request(model::Id webhook, std::size_t capacity, std::size_t known, Time now);
    // last: the last delivery of the answer, or nullopt if it has fewer than were requested.
    void answer(const db::DueOf& wanted, std::optional<db::DuePosition> last);
    // Replaces the backlog of an ordered webhook. more: the database has further ones behind them.
    void fill(std::vector<model::Id> events, bool more);
    void fail();

  private:
    std::vector<model::Id> events_;
    db::DuePosition read_to_;    // the next refill reads from here
    Time read_from_start_at_{};  // or, from this time on, from the start
    bool more_ = false;          // the database has deliveries that are not here
    bool asking_ = false;
};

}  // namespace delivery
